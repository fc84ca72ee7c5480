import { exportJWK, generateKeyPair } from 'jose';
import { describe, expect, it } from 'vitest';
import { bindTokens } from '../fakes/dpop-proofs.ts';
import { signIn, stage } from './journey.ts';

const PLAIN = { scope: 'openid' };
const WITH_USERINFO = { scope: 'openid profile' };
const PUSHED = { ...PLAIN, require_pushed_authorization_requests: true };

describe('a login, once metadata and keys are known, costs', () => {
  it.each([
    ['one request to the provider', PLAIN, ['/token']],
    ['two with a pushed request', PUSHED, ['/par', '/token']],
    ['two with userinfo', WITH_USERINFO, ['/token', '/userinfo']],
  ])('%s', async (_, entry, requests) => {
    const { op, visitor } = await stage(entry);
    await signIn(visitor, op);
    op.requests.length = 0;
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(op.paths).toEqual(requests);
  });

  it('no more with DPoP nonces: the last one serves the next login too (RFC 9449 §8.2)', async () => {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const env = { OP_PRIVATE_KEY: JSON.stringify(await exportJWK(privateKey)) };
    const { op, visitor } = await stage({ ...WITH_USERINFO, profile: 'fapi2' }, env);
    bindTokens(op, { nonces: true });
    await signIn(visitor, op);
    expect(op.paths.filter((path) => path === '/token' || path === '/userinfo')).toHaveLength(4);
    op.requests.length = 0;
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(op.paths).toEqual(['/par', '/token', '/userinfo']);
  });
});
