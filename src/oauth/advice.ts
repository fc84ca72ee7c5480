/** Advice for an error, in plain words. */
export interface Advice {
  readonly title?: string;
  readonly description?: string;
  readonly hint: string;
}

/** Advice for an error that the provider reported with a registered code. */
const ADVICE: Readonly<Record<string, Advice>> = {
  temporarily_unavailable: {
    title: 'The provider is busy',
    description: 'The provider says that it can’t sign anyone in right now.',
    hint: 'Wait a moment and try again.',
  },
  server_error: {
    title: 'The provider has a problem',
    description: 'The provider reported an error on its side.',
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
  account_selection_required: {
    description: 'The provider needs you to choose an account, but was asked not to show a page.',
    hint: 'Start again without `prompt=none`.',
  },
  invalid_scope: {
    description: 'The provider does not know, or does not allow, the requested scope.',
    hint: 'Check the `scope` setting against what the application is allowed at the provider. If it does not speak OpenID Connect, remove `openid` from `scope`.',
  },
  unauthorized_client: {
    description: 'The provider does not allow this application to make this request.',
    hint: 'Check the application’s grant type (`authorization_code`) and redirect URI at the provider.',
  },
  invalid_request: {
    description: 'The provider rejected the authorization request as invalid.',
    hint: 'Check `authorization_params`, the redirect URI and the scope against the provider’s documents.',
  },
  invalid_client: {
    description: 'The provider does not accept the client id or the client secret.',
    hint: 'Check `client_id` and the client secret, and that `token_endpoint_auth_method` is what the provider expects.',
  },
  invalid_grant: {
    description:
      'The provider does not accept the authorization code: it was already used, has expired, or belongs to another client.',
    hint: 'Start again. If it keeps happening, check that the redirect URI is registered exactly as shown.',
  },
  invalid_request_object: {
    description: 'The provider does not accept the signed authorization request.',
    hint: 'Register the key of /jwks and `request_object_signing_alg` for this client at the provider, or remove that setting.',
  },
  invalid_request_uri: {
    description: 'The provider no longer knows the authorization request that was pushed to it.',
    hint: 'Start again: a pushed request works only once, for about a minute.',
  },
  request_not_supported: {
    description: 'The provider does not support signed authorization requests.',
    hint: 'Remove `request_object_signing_alg`.',
  },
  request_uri_not_supported: {
    description: 'The provider does not support references to authorization requests.',
    hint: 'Set `require_pushed_authorization_requests = false`.',
  },
  unsupported_response_type: {
    description: 'The provider does not allow this application to use the authorization code flow.',
    hint: 'Allow the response type `code` for this client at the provider.',
  },
  unsupported_grant_type: {
    description: 'The provider does not allow this application to use that grant type.',
    hint: 'Allow the grant types `authorization_code` and `refresh_token` for this client at the provider.',
  },
  invalid_target: {
    description: 'The provider does not know, or does not allow, the resource that the token is for.',
    hint: 'Check the `resource` setting against the resources (audiences, APIs) set up at the provider. If it allows only one per token, set that one in `token_params`.',
  },
  invalid_authorization_details: {
    description: 'The provider does not accept the requested authorization details.',
    hint: 'Check `authorization_details` against the types that the provider allows for this client.',
  },
  invalid_dpop_proof: {
    description: 'The provider does not accept the proof of the key that the token is bound to.',
    hint: 'If the provider asks for DPoP, set `dpop_bound_access_tokens = true`. If that is set already, check the provider’s clock, and that it supports DPoP with ES256.',
  },
  use_dpop_nonce: {
    description: 'The provider asks for a DPoP nonce, but did not accept the one that it issued.',
    hint: 'If `dpop_bound_access_tokens` is not set, set it to `true`: the provider requires DPoP. If it is set, report this to the provider.',
  },
  invalid_token: {
    description: 'The provider issued a token, but does not accept it.',
    hint: 'Check `userinfo_endpoint`, and that `scope` lets this application read the user’s profile.',
  },
  unmet_authentication_requirements: {
    description: 'The provider can’t sign you in with the requested method.',
    hint: 'Check `acr_values` and `max_age` against what the provider offers.',
  },
};

export const OTHER_METHOD =
  'If they are right, the provider may expect them in a different place: set `token_endpoint_auth_method` to `client_secret_post` or `client_secret_basic`, whichever is not in use.';

/** The same for a token request or a pushed request, where the client authenticates. */
const WITH_CREDENTIALS: Readonly<Record<string, Advice>> = {
  unauthorized_client: {
    description: 'The provider does not accept this client, or not for this grant type.',
    hint: `Compare \`client_id\` and the client secret with the provider’s console, and allow the grant type \`authorization_code\` there. ${OTHER_METHOD}`,
  },
  invalid_request: {
    description: 'The provider says that something in the request is missing or wrong.',
    hint: `Compare \`client_id\`, the client secret and the redirect URI with the provider’s console. ${OTHER_METHOD}`,
  },
};

/** Advice for an error that the provider reported with a registered code. `proves`: the client authenticated. */
export function adviceFor(code: string, { proves }: { readonly proves: boolean }): Advice | undefined {
  return (proves ? WITH_CREDENTIALS[code] : undefined) ?? ADVICE[code];
}

/**
 * Advice for a request that was refused without an error code that we know, for example by a firewall or a web server.
 * A more specific one replaces it.
 */
export function statusAdvice(phase: string, status: number): Partial<Advice> {
  if (phase === 'pushed') {
    return {
      description: `The provider refused the pushed authorization request (status ${status}).`,
      hint: 'Check `pushed_authorization_request_endpoint`, and allow pushed requests for this application at the provider. If it does not require them, set `require_pushed_authorization_requests = false`.',
    };
  }
  if (phase === 'userinfo') {
    return {
      description: `The provider’s userinfo endpoint refused the request (status ${status}).`,
      hint: 'Check `userinfo_endpoint`, and that `scope` lets this application read the user’s profile.',
    };
  }
  if (phase !== 'token' && phase !== 'refresh') return {};
  return (
    TOKEN_STATUS.get(Math.floor(status / 100) === 3 ? 300 : status) ?? (phase === 'refresh' ? RENEWAL : {})
  );
}

const RENEWAL: Advice = {
  description: 'The provider did not renew the access token.',
  hint: 'Try again. If it keeps happening, sign in again: the log has the provider’s own words.',
};
const NO_TOKEN_ENDPOINT: Advice = {
  description: 'The provider has no token endpoint at this address.',
  hint: 'Compare `token_endpoint` with the provider’s documents.',
};
/** Statuses that say something about the address or the form of a token request rather than about its content. */
const TOKEN_STATUS: ReadonlyMap<number, Advice> = new Map([
  [
    300,
    {
      description: 'The token endpoint redirects to another address, and redirects are not followed.',
      hint: 'Set `token_endpoint` to the address that it redirects to: check scheme, host, and the slash at the end.',
    },
  ],
  [404, NO_TOKEN_ENDPOINT],
  [405, NO_TOKEN_ENDPOINT],
  [410, NO_TOKEN_ENDPOINT],
  [
    415,
    {
      description: 'The token endpoint does not accept forms.',
      hint: 'If the provider’s documents show JSON, set `token_request_format = "json"`.',
    },
  ],
]);

/** Advice for an invalid token response, by the library's message. The first match counts. */
const TOKEN_HINTS: readonly (readonly [fault: RegExp, advice: Advice])[] = [
  [
    /as\.token_endpoint/,
    {
      description: 'The provider’s metadata names no token endpoint.',
      hint: 'Set `token_endpoint` for this provider.',
    },
  ],
  [
    /token_type/,
    {
      description: 'The token response has no token type, or an unknown one.',
      hint: 'If the provider’s documents show bearer tokens, set `token_type = "bearer"` for this provider.',
    },
  ],
  [
    /access_token/,
    {
      description: 'The token response has no access token in the expected place.',
      hint: 'If it is nested in another object, set `token_path`. If it has another name, set `token_fields`. If there is only an ID token, add a scope of an API: Azure AD B2C issues no access token without one.',
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

/** Advice for a token response that can't be understood. `fault` says why. */
export function tokenAdvice(fault: string): Partial<Advice> {
  return TOKEN_HINTS.find(([pattern]) => pattern.test(fault))?.[1] ?? {};
}

/** The JWTs that a provider sends, with the texts to show if one is not valid. */
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
      description: 'The provider’s userinfo failed a check, so nobody was signed in.',
    },
    alg: 'userinfo_signed_response_alg',
  },
} as const;

/** Advice for an invalid JWT, by the message of the library or our own. The first match counts. */
const JWT_HINTS: readonly (readonly [fault: RegExp, hint: string])[] = [
  [/contain a JARM/, 'Have the provider sign its answers to this client (JARM), or remove `response_mode`.'],
  [/UserInfo Response expected/, 'Have the provider sign userinfo for this client, or remove `{alg}`.'],
  [
    /JWE|can decrypt it/,
    'Add a key with `"use": "enc"` to `<ID>_PRIVATE_KEY` and register its public half, which /jwks shows.',
  ],
  [
    /"iss"/,
    'Set `issuer` to exactly what the provider’s metadata says. If only its tokens name another issuer, list that one in `issuer_aliases`.',
  ],
  [
    /"nonce" \(nonce\) claim missing/,
    'The provider did not return the `nonce` of this sign-in. If its documents do not mention one, set `nonce = false`.',
  ],
  [
    /JWT "(?:exp|iat|nbf|sub|aud)" \([^)]*\) claim (?:type|missing)/,
    'A claim is missing, or in a form that OpenID Connect does not allow, such as a time as text. Report this to the provider.',
  ],
  [
    /audience that is not trusted/,
    'It names audiences other than `client_id`. If they are yours, such as the project that the application belongs to, list them in `trusted_audiences`.',
  ],
  [/\b(?:aud|azp)\b/, 'It was issued to another client: compare `client_id` with the provider’s console.'],
  [/\bnonce\b/, 'It belongs to another sign-in: start again.'],
  [
    /\bauth_time\b|elapsed/,
    'The sign-in at the provider is older than `max_age` allows: start again with `prompt=login`.',
  ],
  [/\bacr\b/, 'Check `acr_values` against the ways of signing in that the provider offers.'],
  [/\b(?:exp|iat|nbf)\b/, 'Start again. If it keeps happening, check the provider’s clock.'],
  [
    /multiple (?:applicable|matching) keys/,
    'The provider publishes several keys, and the token does not say which one signed it. Have the provider name it in `kid`.',
  ],
  [
    /verification key|(?:applicable|matching) keys?\b/,
    'Check that the provider’s `jwks_uri` contains the key that it signs with, under the right `kid`. Private keys, broken ones and RSA keys of less than 2048 bits are ignored.',
  ],
  [
    /"alg"|algorithm|identifier/,
    'Set `{alg}` to the algorithm that is registered for this client at the provider. Signatures made with the client secret (HS256) are not accepted: choose RS256 or ES256 there.',
  ],
  [
    /signature/,
    'It is signed with a key that is not at the provider’s `jwks_uri`: check that setting and `issuer`.',
  ],
  [
    /\bID Token\b|id_token/,
    'The provider sent none. If it does not speak OpenID Connect, remove `openid` from `scope`.',
  ],
];

/** Advice for a JWT from the provider that is not valid. `fault` says why. */
export function jwtAdvice(kind: keyof typeof JWTS | undefined, fault: string): Partial<Advice> {
  const found = JWT_HINTS.find(([pattern]) => pattern.test(fault))?.[1];
  const { told, alg } = kind ? JWTS[kind] : { told: {}, alg: '' };
  return { ...told, ...(found !== undefined && { hint: found.replace('{alg}', alg) }) };
}
