import { describe, expect, it } from 'vitest';
import { PROVIDER_KEYS } from '../../src/providers/provider-settings.ts';
import { nearest, unknownKeyHint } from '../../src/settings/did-you-mean.ts';
import { readSettings } from '../../src/settings/settings.ts';
import { settings } from '../support/settings.ts';

describe('a misspelled name', () => {
  it.each([
    ['isuer', 'issuer'],
    ['issure', 'issuer'],
    ['tokenEndpoint', 'token_endpoint'],
    ['token-endpoint', 'token_endpoint'],
    ['GOGLE_CLIENT_ID', 'GOOGLE_CLIENT_ID'],
    ['scopes', 'scope'],
  ])('%s is probably %s', (given, meant) => {
    expect(nearest(given, ['scope', 'issuer', 'token_endpoint', 'GOOGLE_CLIENT_ID', 'jwks_uri'])).toBe(meant);
  });

  it('that is near none is said to be none, with all there are', () => {
    expect(nearest('colour', ['scope', 'issuer'])).toBeUndefined();
    expect(nearest('xy', ['id'])).toBeUndefined();
    expect(unknownKeyHint('colour', ['scope', 'issuer'], 'docs/x.md')).toBe(
      'It may have: scope, issuer. See docs/x.md for every key.',
    );
  });

  it.each([
    [
      'token_url',
      'Did you mean `token_path` or `token_type` or `token_params`? See docs/x.md for every key.',
    ],
    [
      'logoutUri',
      'Did you mean `logout_params` or `logout_token_typ_required` or `post_logout_redirect_uri_parameter`? See docs/x.md for every key.',
    ],
    ['wombat', 'See docs/x.md for every key.'],
  ])('%s among many keys gets those that share a word with it', (given, hint) => {
    expect(unknownKeyHint(given, PROVIDER_KEYS, 'docs/x.md')).toBe(hint);
  });

  it('is reported for every key of a table at once, with what else is wrong', () => {
    const { faults } = readSettings(
      settings({
        PROVIDERS: { op: { isuer: 'https://op.example', client_id: 'x', scopes: 'openid', jwks_uri: 7 } },
        UPSTREAMS: { api: { pathh: '/api/', targt: 'https://api.example/' } },
      }),
    );
    const found = faults.map(({ setting, hint }) => [setting, hint]);
    expect(found).toContainEqual(['PROVIDERS.op.isuer', 'Did you mean `issuer`?']);
    expect(found).toContainEqual(['PROVIDERS.op.scopes', 'Did you mean `scope`?']);
    expect(found.map(([setting]) => setting)).toContain('PROVIDERS.op.jwks_uri');
    expect(found).toContainEqual(['UPSTREAMS.api.pathh', 'Did you mean `path`?']);
    expect(found).toContainEqual(['UPSTREAMS.api.targt', 'Did you mean `target`?']);
  });
});
