/** What helps against a fault, in plain words. */
export interface Advice {
  readonly title?: string;
  readonly description?: string;
  readonly hint: string;
}

/** What helps against an error that the provider names by a registered code. */
const ADVICE: Readonly<Record<string, Advice>> = {
  temporarily_unavailable: {
    title: 'The provider is busy',
    description: 'The provider says that it can’t sign anyone in just now.',
    hint: 'Wait a moment and try again.',
  },
  server_error: {
    title: 'The provider broke',
    description: 'The provider says that it failed on its side.',
    hint: 'Wait a moment and try again.',
  },
  interaction_required: {
    description: 'The provider needs you to do something on its page, but was asked not to show one.',
    hint: 'Start again without `prompt=none`.',
  },
  consent_required: {
    description: 'The provider needs your consent, but was asked not to show a page.',
    hint: 'Start again without `prompt=none`.',
  },
  invalid_scope: {
    description: 'The provider does not know, or does not allow, the scope that was asked for.',
    hint: 'Check the `scope` setting against what the application is allowed at the provider. If it does not speak OpenID Connect, remove `openid` from `scope`.',
  },
  unauthorized_client: {
    description: 'The provider does not allow this application to ask in this way.',
    hint: 'Check the application’s settings at the provider: grant type `authorization_code`, redirect URI.',
  },
  invalid_request: {
    description: 'The provider finds the authorization request faulty.',
    hint: 'Check `authorization_params`, the redirect URI and the scope against the provider’s documents.',
  },
  invalid_client: {
    description: 'The provider does not accept the client id or the client secret.',
    hint: 'Check `client_id` and the client secret, and that `token_endpoint_auth_method` is what the provider wants.',
  },
  invalid_grant: {
    description: 'The provider does not accept the authorization code: used already, too old, or not for us.',
    hint: 'Start again; if it happens each time, check that the redirect URI is registered exactly as shown.',
  },
  invalid_request_object: {
    description: 'The provider does not accept the signed authorization request.',
    hint: 'Register the key of /jwks and `request_object_signing_alg` for this client at the provider, or remove that setting.',
  },
  invalid_request_uri: {
    description: 'The provider no longer knows the authorization request that was pushed to it.',
    hint: 'Start again: a pushed request serves for a minute or so, and once.',
  },
  request_not_supported: {
    description: 'The provider takes no signed authorization requests.',
    hint: 'Remove `request_object_signing_alg`.',
  },
  request_uri_not_supported: {
    description: 'The provider takes no references to authorization requests.',
    hint: 'Set `require_pushed_authorization_requests = false`.',
  },
  unsupported_response_type: {
    description: 'The provider does not allow this application the authorization code flow.',
    hint: 'Allow the response type `code` for this client at the provider.',
  },
  unsupported_grant_type: {
    description: 'The provider does not allow this application that way of getting a token.',
    hint: 'Allow the grant types `authorization_code` and `refresh_token` for this client at the provider.',
  },
  invalid_target: {
    description: 'The provider does not know, or does not allow, the resource that the token is for.',
    hint: 'Check the `resource` setting against the resources (audiences, APIs) set up at the provider; if it takes one a token, name that in `token_params`.',
  },
  invalid_authorization_details: {
    description: 'The provider does not accept the authorization details that were asked for.',
    hint: 'Check `authorization_details` against the types that the provider allows this client.',
  },
  invalid_dpop_proof: {
    description: 'The provider does not accept the proof of the key that the token is bound to.',
    hint: 'If it asks for DPoP, set `dpop_bound_access_tokens = true`. If that is set, check the provider’s clock, and that it takes DPoP with ES256.',
  },
  use_dpop_nonce: {
    description: 'The provider asks for a DPoP nonce, and did not accept the one that it gave.',
    hint: 'If `dpop_bound_access_tokens` is not set, set it to `true`: the provider wants DPoP. If it is, report this to the provider.',
  },
  invalid_token: {
    description: 'The provider gave a token, and does not accept it itself.',
    hint: 'Check that `scope` lets this application read the user’s profile, and `userinfo_endpoint`.',
  },
  unmet_authentication_requirements: {
    description: 'The provider can’t sign you in by the way that was asked for.',
    hint: 'Check `acr_values` and `max_age` against what the provider offers.',
  },
};

export const OTHER_METHOD =
  'If they are right, the provider may want them another way: set `token_endpoint_auth_method` to `client_secret_post` or `client_secret_basic`, whichever is not in use.';

/** The same where it is the token request that the provider refuses, or a pushed one: there the client proves itself. */
const WITH_CREDENTIALS: Readonly<Record<string, Advice>> = {
  unauthorized_client: {
    description: 'The provider does not accept this client, or not for this grant type.',
    hint: `Compare \`client_id\` and the client secret with the provider’s console, and allow the grant type \`authorization_code\` there. ${OTHER_METHOD}`,
  },
  invalid_request: {
    description: 'The provider finds something missing or wrong in the request.',
    hint: `Compare \`client_id\`, the client secret and the redirect URI with the provider’s console. ${OTHER_METHOD}`,
  },
};

/** What helps against an error that the provider names by a registered code. `proves`: the request names the client. */
export function adviceFor(code: string, { proves }: { readonly proves: boolean }): Advice | undefined {
  return (proves ? WITH_CREDENTIALS[code] : undefined) ?? ADVICE[code];
}

/** What helps where a request was refused without an error code, as a firewall or a web server does it. */
export function statusAdvice(phase: string, status: number): Partial<Advice> {
  if (phase !== 'pushed') return {};
  return {
    description: `The provider refused the pushed authorization request (status ${status}).`,
    hint: 'Check `pushed_authorization_request_endpoint`, and allow pushed requests for this application at the provider. If it does not ask for them, set `require_pushed_authorization_requests = false`.',
  };
}

/** What is said of a faulty token response, in the library's words, and what to do. The first that fits counts. */
const TOKEN_HINTS: readonly (readonly [fault: RegExp, advice: Advice])[] = [
  [
    /token_type/,
    {
      description: 'The token response does not say what type of token it holds, or names an unknown one.',
      hint: 'If the provider’s documents show bearer tokens, set `token_type = "bearer"` for this provider.',
    },
  ],
  [
    /access_token/,
    {
      description: 'The token response holds no access token where one is expected.',
      hint: 'If it is nested in another object, set `token_path`; if it has another name, `token_fields`.',
    },
  ],
  [
    /JSON|content-type/i,
    {
      description: 'The token endpoint did not answer with JSON.',
      hint: 'Check `token_endpoint`. If the provider answers with a form, set `token_response_format = "form"`.',
    },
  ],
];

/** What to do about a token response that can't be understood; `fault` says why. */
export function tokenAdvice(fault: string): Partial<Advice> {
  return TOKEN_HINTS.find(([pattern]) => pattern.test(fault))?.[1] ?? {};
}

/** The JWTs that a provider sends, by what is told of one that is not valid. */
const JWTS = {
  id_token: { told: {}, alg: 'id_token_signed_response_alg' },
  authorization: {
    told: {
      title: 'The provider’s answer is not valid',
      description: 'The provider’s signed answer failed a check, so nobody was signed in.',
    },
    alg: 'authorization_signed_response_alg',
  },
  userinfo: {
    told: {
      title: 'The userinfo is not valid',
      description: 'What the provider says of the user failed a check, so nobody was signed in.',
    },
    alg: 'userinfo_signed_response_alg',
  },
} as const;

/** What is said of a faulty JWT, in the library's words or ours, and what to do. The first that fits counts. */
const JWT_HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/contain a JARM/, 'Have the provider sign its answers to this client (JARM), or remove `response_mode`.'],
  [/UserInfo Response expected/, 'Have the provider sign userinfo for this client, or remove `{alg}`.'],
  [
    /JWE|opens it/,
    'Put a key with `"use": "enc"` into `<ID>_PRIVATE_KEY` and register its public half, see /jwks.',
  ],
  [/"iss"/, 'Compare the `issuer` setting, to the letter, with `issuer` in the provider’s metadata.'],
  [
    /audience that is not trusted/,
    'It also names other audiences than `client_id`. If they are yours, such as the project that the application belongs to, list them in `trusted_audiences`.',
  ],
  [/\b(?:aud|azp)\b/, 'It was made for another client: compare `client_id` with the provider’s console.'],
  [/\bnonce\b/, 'It belongs to another sign-in: start again.'],
  [
    /\bauth_time\b|elapsed/,
    'The sign-in at the provider is older than `max_age` allows: start again with `prompt=login`.',
  ],
  [/\bacr\b/, 'Check `acr_values` against the ways of signing in that the provider offers.'],
  [
    /\b(?:exp|iat|nbf)\b/,
    'Start again; if it happens each time, compare the provider’s clock with the time.',
  ],
  [
    /verification key|(?:applicable|matching) keys?\b/,
    'Check that the provider’s `jwks_uri` holds the key it signs with, under its `kid`.',
  ],
  [
    /"alg"|algorithm|identifier/,
    'Set `{alg}` to the algorithm that is registered for this client at the provider.',
  ],
  [/signature/, 'It is signed by a key that is not in the provider’s `jwks_uri`: check that, and `issuer`.'],
  [
    /\bID Token\b|id_token/,
    'The provider sent none. If it does not speak OpenID Connect, remove `openid` from `scope`.',
  ],
];

/** What to do about a JWT of the provider that is not valid; `fault` says why. */
export function jwtAdvice(kind: keyof typeof JWTS | undefined, fault: string): Partial<Advice> {
  const found = JWT_HINTS.find(([pattern]) => pattern.test(fault))?.[1];
  const { told, alg } = kind ? JWTS[kind] : { told: {}, alg: '' };
  return { ...told, ...(found !== undefined && { hint: found.replace('{alg}', alg) }) };
}
