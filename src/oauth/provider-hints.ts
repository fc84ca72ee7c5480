import type { Provider } from '../providers/provider.ts';

/** Advice for a provider's error, in our own words. */
export interface ProviderHint {
  readonly description: string;
  readonly hint: string;
}

const REDIRECT_URI: ProviderHint = {
  description: 'The provider does not know the redirect URI of this application.',
  hint: 'Register the redirect URI at the provider exactly as `npm run doctor` and the developer’s login page show it: same scheme, host, port and path, with no slash added or missing.',
};
const WRONG_SECRET: ProviderHint = {
  description: 'The provider does not accept the client secret.',
  hint: 'Copy the secret again (its value, not its id), store it with `npx wrangler secret put <ID>_CLIENT_SECRET`, and run `npm run doctor`.',
};
const UNKNOWN_CLIENT: ProviderHint = {
  description: 'The provider does not know this client id.',
  hint: 'Compare `client_id` with the provider’s console, and check that the application was not deleted and belongs to this tenant.',
};
const ADMIN_CONSENT: ProviderHint = {
  description: 'An administrator of your organization has to allow this application first.',
  hint: 'Ask an administrator to grant consent for the whole organization in the provider’s console, or request fewer scopes in `scope`.',
};
const NOT_ASSIGNED: ProviderHint = {
  description: 'Your account is not allowed to use this application.',
  hint: 'Ask the operator to assign your account, or your group, to the application at the provider.',
};
const SCOPE: ProviderHint = {
  description: 'The application is not allowed to use one of the scopes that it asks for.',
  hint: 'Add the scope to the application at the provider (product, permission or API), or remove it from the `scope` setting.',
};
const CODE_SPENT: ProviderHint = {
  description: 'The authorization code was already used, or has expired.',
  hint: 'Start again, and don’t reload the page while you sign in.',
};
const GRANT_TYPE: ProviderHint = {
  description: 'The application may not use the authorization code grant.',
  hint: 'At the provider, make it a web application and allow the grant type `authorization_code`.',
};
const PKCE: ProviderHint = {
  description: 'The provider and Drawbridge don’t agree on PKCE.',
  hint: 'Allow PKCE with S256 for the application at the provider. If the provider does not support PKCE, set `pkce = false`.',
};

/**
 * What providers say, and what it means. The first row that matches the error code and its description counts, so the
 * specific ones come first. The provider's own text is never shown.
 */
const HINTS: readonly (readonly [said: RegExp, hint: ProviderHint])[] = [
  // Microsoft Entra: https://learn.microsoft.com/en-us/entra/identity-platform/reference-error-codes
  [/AADSTS5001(?:1|12)\b|AADSTS500112\b/, REDIRECT_URI],
  [/AADSTS7000215\b/, WRONG_SECRET],
  [
    /AADSTS7000222\b/,
    {
      description: 'The client secret has expired.',
      hint: 'Create a new one at the provider and store it with `npx wrangler secret put <ID>_CLIENT_SECRET`.',
    },
  ],
  [/AADSTS(?:65001|90094|90093|65002)\b/, ADMIN_CONSENT],
  [
    /AADSTS(?:50020|50128|90002|50059|50194|700016)\b/,
    {
      description: 'The account or the application does not belong to this tenant.',
      hint: 'Check `tenant`: the directory id for one organization, `organizations` for any organization, `common` to include personal accounts. It must match the application’s supported account types.',
    },
  ],
  [/AADSTS(?:50105|53003|50057|53000)\b/, NOT_ASSIGNED],
  [/AADSTS(?:54005|70008|700082|9002313)\b/, CODE_SPENT],
  [/AADSTS(?:70011|650053|650057)\b/, SCOPE],
  [
    /AADSTS(?:9002325|9002326|9002327)\b/,
    {
      description: 'The redirect URI is registered for a single-page application.',
      hint: 'In the app registration, move the redirect URI to the platform “Web”.',
    },
  ],
  [
    /AADSTS(?:700025|7000218)\b/,
    {
      description: 'The provider and Drawbridge don’t agree on whether this application has a secret.',
      hint: 'Register the redirect URI under “Web” and create a client secret, or set `token_endpoint_auth_method = "none"` for a public client.',
    },
  ],
  [
    /AADSTS(?:700027|700023|700024)\b|client.?assertion.{0,80}(?:signature|expired|invalid|not yet)/i,
    {
      description: 'The provider does not accept this application’s signature.',
      hint: 'Register the public key from `/jwks` at the provider, and check the clock.',
    },
  ],

  // Google: https://developers.google.com/identity/protocols/oauth2/web-server#authorization-errors
  [
    /has not completed the .{0,40}verification|(?:test|testing) (?:mode|users?)|being tested|developer.approved testers/i,
    {
      description: 'The application is still in testing, and your account is not among its testers.',
      hint: 'Add the account as a test user on the consent screen, or publish the application.',
    },
  ],
  [/admin_policy_enforced/i, ADMIN_CONSENT],
  [
    /org_internal/i,
    {
      description: 'The application is only for members of one organization.',
      hint: 'Sign in with an account of that organization, or set the consent screen’s user type to “External”.',
    },
  ],
  [/deleted_client|OAuth client was (?:not found|deleted)/i, UNKNOWN_CLIENT],

  // GitHub: https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-authorization-request-errors
  [
    /application_suspended/i,
    {
      description: 'The provider has suspended this application.',
      hint: 'The operator of the application has to contact the provider’s support.',
    },
  ],
  [
    /unverified_user_email/i,
    {
      description: 'Your account has no verified e-mail address.',
      hint: 'Verify your address at the provider, then start again.',
    },
  ],

  // Okta, Spotify, LinkedIn, Facebook, Slack
  [/not assigned to the client application|user not registered in the developer dashboard/i, NOT_ASSIGNED],
  [
    /no_matching_policy|policy evaluation failed/i,
    {
      description: 'A policy of the provider does not allow this sign-in.',
      hint: 'At the provider, add the application and the scope to an access policy of the authorization server.',
    },
  ],
  [
    /app(?:lication)? (?:is )?not active|in development mode|invalid_team_for_non_distributed_app/i,
    {
      description: 'The application is not open to people outside its team.',
      hint: 'Publish it at the provider (live mode, distribution), or add the account to its team.',
    },
  ],

  // Many providers, each with its own wording
  [
    /redirect[ _-]?ur[il]_mismatch|bad_redirect_uri|(?:redirect|callback)[ _-]?ur[il].{0,120}(?:mismatch|not match|match|invalid|not (?:registered|allowed|associated|valid|permitted|supported|whitelisted)|unregistered|must be|missing)|(?:invalid|mismatching|unregistered|incorrect|unknown|illegal)(?: parameter:?)?[ _"'-]{1,3}redirect[ _-]?ur[il]|domain of this URL isn.t included/i,
    REDIRECT_URI,
  ],
  [
    /bad_client_secret|incorrect_client_credentials|(?:client|app)[ _]?secret.{0,40}(?:invalid|incorrect|wrong|not match|mismatch)|(?:invalid|incorrect|wrong|validating|bad)[ _](?:client|app(?:lication)?)[ _](?:secret|credentials)|invalid client (?:or invalid client )?credentials/i,
    WRONG_SECRET,
  ],
  [
    /(?:unknown|no such|invalid|non.?existent)[ _]client(?:[ _]?id)\b|client (?:is )?(?:not found|unknown)|client_id.{0,40}(?:invalid|not found|unknown)/i,
    UNKNOWN_CLIENT,
  ],
  [
    /(?:admin(?:istrator)?|workspace)[ _-]?(?:consent|approval|policy)|approval_required|needs? admin/i,
    ADMIN_CONSENT,
  ],
  [
    /DPoP.{0,60}(?:required|missing|expected|must)|(?:required?|missing|expected?|must)\b.{0,60}DPoP/i,
    {
      description: 'The provider requires tokens that are bound to a key (DPoP).',
      hint: 'Set `dpop_bound_access_tokens = true` for this provider.',
    },
  ],
  [
    /["'`]openid["'`]?.{0,40}(?:not (?:supported|allowed|valid|known)|invalid|unknown)|(?:invalid|unknown|unsupported|not (?:supported|allowed|known)):? (?:scopes?:? )?["'`]?openid["'`.]*$/i,
    {
      description: 'The provider does not know the scope `openid`.',
      hint: 'Remove `openid` from `scope` if the provider does not speak OpenID Connect.',
    },
  ],
  [
    /offline_access/i,
    {
      description: 'The application is not allowed to get refresh tokens.',
      hint: 'Allow offline access (the refresh token grant) for the application at the provider, or remove `offline_access` from `scope`.',
    },
  ],
  [
    /unauthorized_scope|scopes?\b.{0,80}(?:not (?:authori[sz]ed|allowed|configured|granted|supported)|invalid|unknown)|(?:invalid|unknown|unsupported|missing)[ _]scopes?\b/i,
    SCOPE,
  ],
  [
    /unsupported_grant_type|grant[ _]type.{0,60}(?:not (?:allowed|supported|enabled)|unsupported)/i,
    GRANT_TYPE,
  ],
  [/code[ _]?(?:challenge|verifier)|\bPKCE\b/i, PKCE],
  [
    /code[ _](?:was |is |has )?(?:already |been )*(?:used|redeemed|expired)|code.{0,40}(?:expired|already)|code_already_used/i,
    CODE_SPENT,
  ],
];

/**
 * Advice for a provider's error, from its code and description as the provider sent them. Undefined if nothing is
 * known beyond the code.
 */
export function providerHint(
  error: string,
  description: string | null | undefined,
): ProviderHint | undefined {
  const said = `${error}: ${description ?? ''}`.slice(0, 2000);
  return HINTS.find(([pattern]) => pattern.test(said))?.[1];
}

/** What to change so that `provider` issues a refresh token, as far as its settings show. */
export function refreshTokenHint(provider: Provider): string {
  const parameters = provider.authorization_params ?? {};
  const scopes = provider.scope.split(' ');
  const at = `\`[vars.PROVIDERS.${provider.id}]\``;
  const needed = Object.entries(provider.refresh_token_params ?? {});
  if (needed.some(([name, value]) => name !== 'prompt' && parameters[name] !== value)) {
    const table = needed.map(([name, value]) => `${name} = "${value}"`).join(', ');
    return `Set \`authorization_params = { ${table} }\` in ${at}, then sign in again.`;
  }
  if (needed.length > 0 || scopes.includes('offline_access')) {
    return parameters.prompt === undefined
      ? `Set \`authorization_params.prompt = "consent"\` in ${at}: many providers issue a refresh token only when they ask for consent. Then sign in again.`
      : 'Allow the refresh token grant for the application at the provider, then sign in again.';
  }
  const { refresh_tokens: fact, refresh_token_scope: missing } = provider;
  if (missing !== undefined && !scopes.includes(missing)) {
    return `Add \`${missing}\` to \`scope\` in ${at}, then sign in again.`;
  }
  if (fact !== undefined) return `Sign in again. Refresh tokens of ${provider.display_name}: ${fact}`;
  if (scopes.includes('openid')) return `Add \`offline_access\` to \`scope\` in ${at}, then sign in again.`;
  return 'Sign in again. Check in the provider’s documents whether it issues refresh tokens.';
}
