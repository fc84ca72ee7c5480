import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/providers/presets.ts';
import { resolveProviders } from '../../src/settings/providers-table.ts';

/** The provider `op` with these settings, and the settings that are at fault. */
function resolve(own: Record<string, unknown>) {
  const { providers, faults } = resolveProviders({
    PROVIDERS: { op: { client_id: 'client-1', ...own } },
    OP_CLIENT_SECRET: 'secret',
  });
  return { provider: providers.get('op'), faults: faults.map(({ setting }) => setting) };
}

const OWN = { issuer: 'https://op.example' };
const ENTRA = 'https://login.microsoftonline.com/3b1c5c0e-7f1b-4c39-9a4f-2f4f2f7b7c11/v2.0';

describe('whether a verified e-mail address may decide anything', () => {
  it.each([
    ['a provider of your own', OWN, true],
    ['a provider of your own that you do not trust', { ...OWN, trust_email: false }, false],
    ['Google: in the domain of its `hd` claim', { preset: 'google' }, 'hd'],
    ['Google, trusted by name', { preset: 'google', trust_email: true }, 'hd'],
    ['Google, not trusted', { preset: 'google', trust_email: false }, false],
    ['Google by its issuer', { issuer: 'https://accounts.google.com' }, 'hd'],
    ['Entra', { preset: 'microsoft', tenant: 'common' }, false],
    ['Entra by its issuer', { issuer: ENTRA }, false],
    ['Entra by the issuer of its older tokens', { issuer: 'https://sts.windows.net/3b1c/' }, false],
    ['Entra in a national cloud', { issuer: 'https://login.microsoftonline.us/3b1c/v2.0' }, false],
    ['a preset that does not say', { preset: 'facebook' }, false],
    ['a preset that does not say, trusted by you', { preset: 'spotify', trust_email: true }, true],
    ['a tenant of your own', { preset: 'keycloak', domain: 'sso.example', realm: 'staff' }, true],
    [
      'plain OAuth',
      { authorization_endpoint: 'https://op.example/a', token_endpoint: 'https://op.example/t' },
      true,
    ],
  ])('%s', (_, own, expected) => {
    const { provider, faults } = resolve(own);
    expect(faults).toEqual([]);
    expect(provider?.trust_email).toBe(expected);
  });

  it.each([{ preset: 'microsoft', tenant: 'organizations' }, { issuer: ENTRA }])(
    'no setting makes Entra trusted: %o',
    (own) => {
      expect(resolve({ ...own, trust_email: true }).faults).toEqual(['PROVIDERS.op.trust_email']);
    },
  );
});

describe('the other facts', () => {
  it.each([
    [OWN, { revocation: 'token', narrower_scope: false, assumed_expires_in: undefined }],
    [
      { ...OWN, revocation: 'grant', narrower_scope: true, assumed_expires_in: 900 },
      { revocation: 'grant', narrower_scope: true, assumed_expires_in: 900 },
    ],
    [{ preset: 'google' }, { revocation: 'grant', narrower_scope: false }],
    [{ issuer: 'https://accounts.google.com' }, { revocation: 'grant' }],
    [{ preset: 'salesforce' }, { revocation: 'token', assumed_expires_in: 3600 }],
    [{ preset: 'salesforce', assumed_expires_in: 600 }, { assumed_expires_in: 600 }],
    [{ preset: 'okta', domain: 'engines.okta.com' }, { narrower_scope: true }],
  ])('of %o', (own, expected) => {
    expect(resolve(own).provider).toMatchObject(expected);
  });

  it.each([
    ['revocation', 'all'],
    ['narrower_scope', 'yes'],
    ['trust_email', 'hd'],
    ['assumed_expires_in', 0],
    ['assumed_expires_in', 1.5],
    ['assumed_expires_in', '3600 s'],
  ])('%s = %o is a fault', (key, value) => {
    expect(resolve({ ...OWN, [key]: value }).faults).toEqual([`PROVIDERS.op.${key}`]);
  });

  it.each(Object.entries(PRESETS))(
    'of %s: the scope for refresh tokens is the one that its text names',
    (_, preset) => {
      const named = /ith the scope `([^`]+)`(?! it)/.exec(preset.refresh_tokens ?? '')?.[1];
      expect(preset.refresh_token_scope).toBe(named);
    },
  );
});
