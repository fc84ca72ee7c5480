import { base64url, SignJWT } from 'jose';
import { describe, expect, it } from 'vitest';
import { type ScriptedProvider, signingKey } from '../provider/scripted-provider.ts';
import { expectRefused, signIn, stage } from './journey.ts';

type Spoil = (op: ScriptedProvider) => void;

const now = () => Math.floor(Date.now() / 1000);
const claims =
  (wrong: () => Record<string, unknown>): Spoil =>
  (op) => {
    op.idTokenClaims = (right) => ({ ...right, ...wrong() });
  };
const header =
  (wrong: Record<string, unknown>): Spoil =>
  (op) => {
    op.idTokenHeader = (right) => ({ ...right, ...wrong });
  };
const encode = (value: unknown) => base64url.encode(JSON.stringify(value));
/** The right claims under another header, with a signature that is not one. */
const forged =
  (wrong: Record<string, unknown>, signature = ''): Spoil =>
  (op) => {
    op.idToken = (right) => `${encode(wrong)}.${right.split('.')[1]}.${signature}`;
  };

const REFUSED: readonly [string, Spoil][] = [
  ['iss of another issuer', claims(() => ({ iss: 'https://evil.example' }))],
  ['no iss', claims(() => ({ iss: undefined }))],
  ['aud of another client', claims(() => ({ aud: 'client-2' }))],
  ['no aud', claims(() => ({ aud: undefined }))],
  ['a second audience that is not trusted', claims(() => ({ aud: ['client-1', 'evil'], azp: 'client-1' }))],
  ['azp of another client', claims(() => ({ azp: 'client-2' }))],
  ['exp in the past', claims(() => ({ exp: now() - 120 }))],
  ['no exp', claims(() => ({ exp: undefined }))],
  ['exp that is text', claims(() => ({ exp: 'tomorrow' }))],
  ['iat in the future', claims(() => ({ iat: now() + 600 }))],
  ['no iat', claims(() => ({ iat: undefined }))],
  ['nbf in the future', claims(() => ({ nbf: now() + 600 }))],
  ['no sub', claims(() => ({ sub: undefined }))],
  ['an empty sub', claims(() => ({ sub: '' }))],
  ['a sub of 256 characters', claims(() => ({ sub: 'x'.repeat(256) }))],
  ['a sub that is a number', claims(() => ({ sub: 7 }))],
  ['another nonce', claims(() => ({ nonce: 'x'.repeat(43) }))],
  ['no nonce', claims(() => ({ nonce: undefined }))],
  ['alg none', forged({ alg: 'none' })],
  ['alg NONE', forged({ alg: 'NONE' })],
  ['alg nOnE with a key id', forged({ alg: 'nOnE', kid: 'key-1' }, 'AAAA')],
  ['no signature', forged({ alg: 'ES256', kid: 'key-1' })],
  ['a signature of zeros', forged({ alg: 'ES256', kid: 'key-1' }, base64url.encode(new Uint8Array(64)))],
  ['an unknown key', header({ kid: 'key-9' })],
  ['a critical header that is not understood', header({ crit: ['urn:example:odd'], 'urn:example:odd': 1 })],
  [
    'a token that is not a JWT',
    (op) => {
      op.idToken = () => 'garbage';
    },
  ],
  [
    'an encrypted token that nobody asked for',
    (op) => {
      op.idToken = (right) => `${right}.AAAA.AAAA`;
    },
  ],
];

describe('an ID token is refused (OpenID Connect Core §3.1.3.7)', () => {
  it.each(REFUSED)('%s', async (_, spoil) => {
    const { op, visitor } = await stage();
    spoil(op);
    const response = await signIn(visitor, op);
    expect(response.status).toBe(400);
    await expectRefused(visitor, response, 'id_token_invalid');
  });

  it('signed with HS256 and the public key, the classic confusion', async () => {
    const { op, visitor } = await stage();
    op.idToken = async (right) => {
      const payload = JSON.parse(new TextDecoder().decode(base64url.decode(right.split('.')[1] ?? '')));
      const key = new TextEncoder().encode(JSON.stringify(op.signing.jwk));
      return new SignJWT(payload).setProtectedHeader({ alg: 'HS256', kid: 'key-1' }).sign(key);
    };
    await expectRefused(visitor, await signIn(visitor, op), 'id_token_invalid');
  });

  it('signed by another algorithm than registered', async () => {
    const { op, visitor } = await stage({ id_token_signed_response_alg: 'RS256' });
    await expectRefused(visitor, await signIn(visitor, op), 'id_token_invalid');
  });

  it('signed by a key that is not the provider’s, whatever its header points to', async () => {
    const { op, visitor } = await stage();
    const other = await signingKey('key-1');
    op.idTokenHeader = (right) => ({
      ...right,
      jwk: other.jwk as never,
      jku: 'https://evil.example/jwks',
      x5u: 'https://evil.example/x5u',
    });
    op.signing = { ...op.signing, key: other.key };
    await expectRefused(visitor, await signIn(visitor, op), 'id_token_invalid');
    expect(op.unexpected).toEqual([]);
  });

  it('missing although `openid` was asked for', async () => {
    const { op, visitor } = await stage();
    op.tokenResponse = (right) => ({ ...right, id_token: undefined });
    await expectRefused(visitor, await signIn(visitor, op), 'id_token_invalid');
  });

  it.each([
    ['too long ago', () => now() - 3600],
    ['without saying when', () => undefined],
  ])('a sign-in %s, when max_age was asked for', async (_, authTime) => {
    const { op, visitor } = await stage();
    op.idTokenClaims = (right) => ({ ...right, auth_time: authTime() });
    await expectRefused(visitor, await signIn(visitor, op, '/login?max_age=60'), 'id_token_invalid');
  });
});

describe('an ID token is accepted', () => {
  it.each<[string, Spoil]>([
    ['a clock that is 20 seconds ahead', claims(() => ({ iat: now() + 20 }))],
    ['aud as an array of one', claims(() => ({ aud: ['client-1'] }))],
    ['azp of this client', claims(() => ({ azp: 'client-1' }))],
    ['a sub of 255 characters', claims(() => ({ sub: 'x'.repeat(255) }))],
    ['headers that point elsewhere, which are ignored', header({ jku: 'https://evil.example', typ: 'JWT' })],
  ])('%s', async (_, change) => {
    const { op, visitor } = await stage();
    change(op);
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(op.unexpected).toEqual([]);
  });

  it('after the provider rotated its keys: they are asked for once more', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    await op.rotateKeys('key-2');
    op.requests.length = 0;
    expect((await signIn(visitor, op)).status).toBe(303);
    expect(op.paths).toEqual(['/token', '/jwks']);
  });

  it('but not again and again for keys that nobody has', async () => {
    const { op, visitor } = await stage();
    await signIn(visitor, op);
    op.idTokenHeader = (right) => ({ ...right, kid: 'nobody-has-it' });
    for (let round = 0; round < 5; round++) await signIn(visitor, op);
    expect(op.paths.filter((path) => path === '/jwks').length).toBeLessThanOrEqual(2);
  });
});
