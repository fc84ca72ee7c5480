import { describe, expect, it } from 'vitest';
import { providerHint, refreshTokenHint } from '../../src/oauth/provider-hints.ts';
import type { Env } from '../../src/settings/env.ts';
import { resolveProviders } from '../../src/settings/providers-table.ts';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { errorOf } from '../support/visitor.ts';

/** What providers say, code and description, and a word of the hint that must come of it. */
const SAID: [string, string, string, RegExp][] = [
  ['Google', 'redirect_uri_mismatch', 'Bad Request', /Register the redirect URI/],
  [
    'GitHub',
    'redirect_uri_mismatch',
    'The redirect_uri MUST match the registered callback URL for this application.',
    /Register the redirect URI/,
  ],
  [
    'Microsoft',
    'invalid_request',
    "AADSTS50011: The redirect URI 'https://a' specified in the request does not match",
    /Register the redirect URI/,
  ],
  [
    'Okta',
    'invalid_request',
    "The 'redirect_uri' parameter must be a Login redirect URI in the client app settings",
    /Register the redirect URI/,
  ],
  [
    'Auth0',
    'unauthorized_client',
    'Callback URL mismatch. https://a is not in the list of allowed callback URLs',
    /Register the redirect URI/,
  ],
  ['Keycloak', 'invalid_request', 'Invalid parameter: redirect_uri', /Register the redirect URI/],
  ['Slack', 'bad_redirect_uri', '', /Register the redirect URI/],
  [
    'oidc-provider',
    'invalid_redirect_uri',
    "redirect_uri did not match any of the client's registered redirect_uris",
    /Register the redirect URI/,
  ],
  ['Microsoft', 'invalid_client', 'AADSTS7000215: Invalid client secret provided.', /its value, not its id/],
  [
    'Microsoft',
    'invalid_client',
    'AADSTS7000222: The provided client secret keys are expired.',
    /Create a new one/,
  ],
  ['Google', 'invalid_client', 'The provided client secret is invalid.', /Copy the secret again/],
  [
    'GitHub',
    'incorrect_client_credentials',
    'The client_id and/or client_secret passed are incorrect.',
    /Copy the secret again/,
  ],
  [
    'Keycloak',
    'unauthorized_client',
    'Invalid client or Invalid client credentials',
    /Copy the secret again/,
  ],
  ['Facebook', 'invalid_client', 'Error validating client secret.', /Copy the secret again/],
  ['Google', 'invalid_client', 'The OAuth client was not found.', /Compare `client_id`/],
  ['Google', 'access_denied', 'Drawbridge has not completed the Google verification process.', /test user/],
  ['Google', 'org_internal', '', /organization/],
  [
    'Microsoft',
    'access_denied',
    'AADSTS65001: The user or administrator has not consented to use the application',
    /administrator/,
  ],
  [
    'Microsoft',
    'invalid_grant',
    'AADSTS90094: An administrator of Contoso has set a policy',
    /administrator/,
  ],
  [
    'Microsoft',
    'invalid_request',
    'AADSTS50020: User account from identity provider does not exist in tenant',
    /`tenant`/,
  ],
  [
    'Microsoft',
    'invalid_request',
    'AADSTS50194: Application is not configured as a multi-tenant application.',
    /`tenant`/,
  ],
  [
    'Microsoft',
    'invalid_request',
    "AADSTS9002326: Cross-origin token redemption is permitted only for the 'Single-Page Application'",
    /platform “Web”/,
  ],
  [
    'Microsoft',
    'invalid_grant',
    'AADSTS50105: The signed in user is not assigned to a role',
    /assign your account/,
  ],
  ['Okta', 'access_denied', 'User is not assigned to the client application.', /assign your account/],
  ['Okta', 'access_denied', 'Policy evaluation failed for this request', /access policy/],
  [
    'LinkedIn',
    'unauthorized_scope_error',
    'Scope "r_emailaddress" is not authorized for your application',
    /Add the scope/,
  ],
  ['Keycloak', 'invalid_scope', 'Invalid scopes: openid nope', /Add the scope/],
  [
    'Ory',
    'invalid_scope',
    "The OAuth 2.0 Client is not allowed to request scope 'offline_access'.",
    /offline access/,
  ],
  [
    'Auth0',
    'unauthorized_client',
    "Grant type 'authorization_code' not allowed for the client.",
    /web application/,
  ],
  ['Keycloak', 'invalid_request', 'Missing parameter: code_challenge_method', /PKCE/],
  ['Microsoft', 'invalid_grant', 'AADSTS54005: OAuth2 Authorization code was already redeemed', /reload/],
  ['Slack', 'invalid_team_for_non_distributed_app', '', /Publish it/],
  ['GitHub', 'application_suspended', 'Your application has been suspended.', /support/],
];

describe('a provider’s words', () => {
  it.each(SAID)('of %s: %s %s', (_, error, description, expected) => {
    expect(providerHint(error, description)?.hint).toMatch(expected);
  });

  it.each([
    ['access_denied', 'The user denied the request'],
    ['access_denied', undefined],
    ['server_error', 'Something went wrong'],
    ['login_required', 'End-User authentication is required'],
    ['invalid_grant', 'grant request is invalid'],
  ])('%s %s: nothing more is known than the code says', (error, description) => {
    expect(providerHint(error, description)).toBeUndefined();
  });

  it('lead to a hint at the callback, and are not shown', async () => {
    const { op, visitor } = await stage();
    const response = await signIn(visitor, op, '/login', (right) => {
      const { state, iss } = Object.fromEntries(right) as { state: string; iss: string };
      const error_description = 'Contoso <b>Ltd</b> has not completed the Google verification process';
      return new URLSearchParams({ state, iss, error: 'access_denied', error_description });
    });
    const body = await response.text();
    expect(JSON.parse(body)).toMatchObject({
      error: 'access_denied',
      hint: expect.stringMatching(/test user/),
    });
    expect(body).not.toContain('Contoso');
  });

  it('lead to a hint at the token request, and are not shown', async () => {
    const { op, visitor } = await stage();
    op.answers['/token'] = () =>
      Response.json(
        {
          error: 'invalid_client',
          error_description: 'AADSTS7000215: Invalid client secret provided for Contoso',
        },
        { status: 401 },
      );
    const response = await visitor.get(op.callback(await startLogin(visitor)));
    const page = await response.text();
    expect(page).toContain('The provider does not accept the client secret.');
    expect(page).not.toContain('Contoso');
  });
});

describe('a refresh token that is not there', () => {
  const provider = (id: string, entry: object): Env => ({
    PROVIDERS: { [id]: { client_id: 'c', ...entry } },
    [`${id.toUpperCase()}_CLIENT_SECRET`]: 'a secret of some length',
  });

  it.each([
    ['google', { authorization_params: { prompt: 'login' } }, /access_type = "offline"/],
    ['google', { authorization_params: { access_type: 'offline' } }, /prompt = "consent"/],
    ['op', { issuer: 'https://op.example', scope: 'openid' }, /Add `offline_access`/],
    ['op', { issuer: 'https://op.example', scope: 'openid offline_access' }, /prompt = "consent"/],
    ['github', {}, /^Sign in again. Refresh tokens of GitHub: For GitHub Apps/],
    ['x', {}, /Add `offline.access` to `scope` in `\[vars\.PROVIDERS\.x\]`/],
    ['salesforce', {}, /Add `refresh_token`/],
    ['kinde', { domain: 'e.kinde.com' }, /Add `offline`/],
    ['facebook', {}, /None; the user signs in again/],
    [
      'plain',
      { authorization_endpoint: 'https://op.example/a', token_endpoint: 'https://op.example/t' },
      /documents/,
    ],
  ])('at %s with %o: says what to set', (id, entry, expected) => {
    const found = resolveProviders(provider(id, entry)).providers.get(id);
    expect(found && refreshTokenHint(found)).toMatch(expected);
  });

  it('is told with that hint when a refresh is asked for', async () => {
    const { op, visitor } = await stage();
    op.tokenResponse = ({ refresh_token: _, ...rest }) => rest;
    await signIn(visitor, op);
    const response = await visitor.post('/session/refresh', { accept: 'application/json' });
    const copy = response.clone();
    expect(await errorOf(response)).toBe('login_required');
    expect(await copy.json()).toMatchObject({ hint: expect.stringMatching(/offline_access/) });
  });
});
