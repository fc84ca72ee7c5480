import { describe, expect, it } from 'vitest';
import { PROVIDER_KEYS } from '../../src/providers/provider-settings.ts';
import { otherNameHint } from '../../src/settings/other-names.ts';

describe('a key that other clients have', () => {
  it.each([
    ['authorize_url', 'authorization_endpoint'],
    ['authorizationURL', 'authorization_endpoint'],
    ['accessTokenUrl', 'token_endpoint'],
    ['user_info_url', 'userinfo_endpoint'],
    ['well-known', 'issuer'],
    ['discoveryUrl', 'issuer'],
    ['authority', 'issuer'],
    ['callbackURL', 'redirect_uri'],
    ['logout_url', 'end_session_endpoint'],
    ['use_pkce', 'pkce'],
    ['allowed_domains', 'allow'],
  ])('%s is %s here', (key, ours) => {
    expect(PROVIDER_KEYS).toContain(ours);
    expect(otherNameHint(key, 'op')).toContain(`\`${ours}\``);
  });

  it.each([
    ['client_secret', 'wrangler secret put MY_OP_CLIENT_SECRET'],
    ['clientSecret', 'wrangler secret put MY_OP_CLIENT_SECRET'],
    ['private_key', 'wrangler secret put MY_OP_PRIVATE_KEY'],
    ['prompt', 'authorization_params = { prompt = "…" }'],
    ['response_type', 'Remove it'],
    ['tenant', '`preset`'],
  ])('%s belongs elsewhere: %s', (key, hint) => {
    expect(otherNameHint(key, 'my-op')).toContain(hint);
  });

  it.each(['wombat', 'constructor', '__proto__', 'toString'])('%s is none of them', (key) => {
    expect(otherNameHint(key, 'op')).toBeUndefined();
  });
});
