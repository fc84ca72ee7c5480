import { base64url, CompactSign, SignJWT } from 'jose';
import { signingKey } from '../scripted-provider.ts';
import { type Anomaly, type Members, now } from './anomaly.ts';

const claims =
  (wrong: () => Members): Anomaly =>
  (op) => {
    const before = op.idTokenClaims;
    op.idTokenClaims = (right) => ({ ...before(right), ...wrong() });
  };

const header =
  (wrong: Members): Anomaly =>
  (op) => {
    const before = op.idTokenHeader;
    op.idTokenHeader = (right) => ({ ...before(right), ...wrong });
  };

const encode = (value: unknown) => base64url.encode(JSON.stringify(value));
const decode = (part = '') => JSON.parse(new TextDecoder().decode(base64url.decode(part))) as Members;
const zeros = base64url.encode(new Uint8Array(64));

/** The right claims under another header, with a signature that is not one. */
const forged =
  (wrong: Members, signature = ''): Anomaly =>
  (op) => {
    op.idToken = (right) => `${encode(wrong)}.${right.split('.')[1]}.${signature}`;
  };

const token =
  (change: (right: string) => string): Anomaly =>
  (op) => {
    op.idToken = change;
  };

/** Signs the right claims with HS256 and a secret that others know as well. */
const hmac =
  (secretOf: (op: Parameters<Anomaly>[0]) => string): Anomaly =>
  (op) => {
    op.idToken = (right) =>
      new SignJWT(decode(right.split('.')[1]))
        .setProtectedHeader({ alg: 'HS256', kid: 'key-1' })
        .sign(new TextEncoder().encode(secretOf(op)));
  };

/** Claims of OpenID Connect Core §2 and §3.1.3.7 that are wrong, missing or odd. */
const CLAIMS = {
  'iss claim of another issuer': claims(() => ({ iss: 'https://evil.example' })),
  'iss claim with a slash more': claims(() => ({ iss: 'https://op.example/' })),
  'iss claim in another case': claims(() => ({ iss: 'https://OP.example' })),
  'iss claim that is a list': claims(() => ({ iss: ['https://op.example'] })),
  'no iss claim': claims(() => ({ iss: undefined })),
  'aud of another client': claims(() => ({ aud: 'client-2' })),
  'aud that is a part of ours': claims(() => ({ aud: 'client' })),
  'aud that contains ours': claims(() => ({ aud: 'client-11' })),
  'aud that is empty': claims(() => ({ aud: [] })),
  'aud that is a number': claims(() => ({ aud: 1 })),
  'no aud': claims(() => ({ aud: undefined })),
  'an empty sid': claims(() => ({ sid: '' })),
  'a sid without end': claims(() => ({ sid: 's'.repeat(40_000) })),
  'claims 10,000 levels deep': (op) => {
    op.idToken = async (right) => {
      const payload = new TextDecoder().decode(base64url.decode(right.split('.')[1] ?? ''));
      const deep = `${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`;
      return new CompactSign(new TextEncoder().encode(payload.replace('{', `{"deep":${deep},`)))
        .setProtectedHeader({ alg: 'ES256', kid: 'key-1' })
        .sign(op.signing.key);
    };
  },
  'exp in three million years': claims(() => ({ exp: 1e14 })),
  'a second audience': claims(() => ({ aud: ['client-1', 'evil'], azp: 'client-1' })),
  'several audiences without ours': claims(() => ({ aud: ['client-2', 'client-3'] })),
  'aud as a list of one': claims(() => ({ aud: ['client-1'] })),
  'a second audience without azp': claims(() => ({ aud: ['client-1', 'evil'] })),
  'our audience twice': claims(() => ({ aud: ['client-1', 'client-1'] })),
  'claims that are null': claims(() => ({
    azp: null,
    at_hash: null,
    nbf: null,
    auth_time: null,
    acr: null,
    sid: null,
    email: null,
  })),
  'an exp that is null': claims(() => ({ exp: null })),
  'a nonce that is null': claims(() => ({ nonce: null })),
  'times with fractions': claims(() => ({
    exp: now() + 300.5,
    iat: now() - 0.5,
    nbf: now() - 0.5,
    auth_time: now() - 1.5,
  })),
  'azp of another client': claims(() => ({ azp: 'client-2' })),
  'azp of ours': claims(() => ({ azp: 'client-1' })),
  'exp in the past': claims(() => ({ exp: now() - 120 })),
  'exp of ten seconds ago': claims(() => ({ exp: now() - 10 })),
  'exp of a minute and a half ago': claims(() => ({ exp: now() - 90 })),
  'exp that is text': claims(() => ({ exp: 'tomorrow' })),
  'exp that is digits': claims(() => ({ exp: String(now() + 300) })),
  'no exp': claims(() => ({ exp: undefined })),
  'iat in the future': claims(() => ({ iat: now() + 600 })),
  'iat twenty seconds ahead': claims(() => ({ iat: now() + 20 })),
  'iat that is text': claims(() => ({ iat: 'now' })),
  'no iat': claims(() => ({ iat: undefined })),
  'nbf in the future': claims(() => ({ nbf: now() + 600 })),
  'nbf that is text': claims(() => ({ nbf: 'now' })),
  'no sub': claims(() => ({ sub: undefined })),
  'an empty sub': claims(() => ({ sub: '' })),
  'a sub of 256 characters': claims(() => ({ sub: 'x'.repeat(256) })),
  'a sub of 255 characters': claims(() => ({ sub: 'x'.repeat(255) })),
  'a sub of 64 KB': claims(() => ({ sub: 'x'.repeat(65_536) })),
  'a sub that is a number': claims(() => ({ sub: 7 })),
  'a sub that is a list': claims(() => ({ sub: ['user-1'] })),
  'a sub with markup': claims(() => ({ sub: '<script>alert(1)</script>', name: '<b onload=alert(1)>' })),
  'a sub of odd characters': claims(() => ({ sub: 'ſub\u202e\u0000😀' })),
  'claims called __proto__': claims(() => ({ ['__proto__' as string]: { admin: true }, constructor: 'x' })),
  'another nonce': claims(() => ({ nonce: 'x'.repeat(43) })),
  'a nonce that is a list': claims(() => ({ nonce: ['x'] })),
  'an empty nonce': claims(() => ({ nonce: '' })),
  'no nonce': claims(() => ({ nonce: undefined })),
  'at_hash of another token': claims(() => ({ at_hash: base64url.encode(new Uint8Array(16)) })),
  'at_hash that is a number': claims(() => ({ at_hash: 7 })),
  'an old auth_time': claims(() => ({ auth_time: now() - 3600 })),
  'a fresh auth_time': claims(() => ({ auth_time: now() - 5 })),
  'no auth_time': claims(() => ({ auth_time: undefined })),
  'auth_time that is text': claims(() => ({ auth_time: 'now' })),
  'another acr': claims(() => ({ acr: 'password' })),
  'no acr': claims(() => ({ acr: undefined })),
} as const satisfies Record<string, Anomaly>;

/** Signatures and headers that prove nothing (RFC 8725 §2, §3). */
const SIGNATURES = {
  'alg none': forged({ alg: 'none' }),
  'alg None': forged({ alg: 'None' }),
  'alg NONE': forged({ alg: 'NONE' }),
  'alg nOnE with a key id': forged({ alg: 'nOnE', kid: 'key-1' }, 'AAAA'),
  'no alg': forged({ kid: 'key-1' }, zeros),
  'alg that is a list': forged({ alg: ['ES256'], kid: 'key-1' }, zeros),
  'alg unheard of': forged({ alg: 'XX999', kid: 'key-1' }, zeros),
  'no signature': forged({ alg: 'ES256', kid: 'key-1' }),
  'a signature of zeros': forged({ alg: 'ES256', kid: 'key-1' }, zeros),
  'a signature cut short': token((right) => right.slice(0, -10)),
  'a signature with a bit flipped': token((right) => {
    const at = right.length - 20;
    return right.slice(0, at) + (right[at] === 'A' ? 'B' : 'A') + right.slice(at + 1);
  }),
  'claims changed after signing': token((right) => {
    const [head, payload, signature] = right.split('.');
    return `${head}.${encode({ ...decode(payload), sub: 'admin' })}.${signature}`;
  }),
  'HS256 with the public key': hmac((op) => JSON.stringify(op.signing.jwk)),
  'HS256 with the client secret': hmac((op) => op.clientSecret),
  'HS256 with an empty secret': hmac(() => '\u0000'),
  'an unknown key': header({ kid: 'key-9' }),
  'an empty key id': header({ kid: '' }),
  'a key id that is a path': header({ kid: '../../../dev/null' }),
  'a critical header': header({ crit: ['urn:example:odd'], 'urn:example:odd': 1 }),
  'headers that point elsewhere': header({ jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x' }),
  'a key of its own in the header': async (op) => {
    const other = await signingKey('key-1');
    header({ jwk: other.jwk, jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x' })(op);
    op.signing = { ...op.signing, key: other.key };
  },
  'the key of another provider': async (op) => {
    op.signing = { ...op.signing, key: (await signingKey('key-1')).key };
  },
  'a token that is no JWT': token(() => 'garbage'),
  'a token of two parts': token((right) => right.split('.').slice(0, 2).join('.')),
  'a token of four parts': token((right) => `${right}.AAAA`),
  'an encrypted token': token((right) => `${right}.AAAA.AAAA`),
  'a payload that is no JSON': token((right) => {
    const [head, , signature] = right.split('.');
    return `${head}.${base64url.encode('not json')}.${signature}`;
  }),
  'a payload that is a list': token((right) => {
    const [head, , signature] = right.split('.');
    return `${head}.${encode([1])}.${signature}`;
  }),
  'the typ of a logout token': header({ typ: 'logout+jwt' }),
} as const satisfies Record<string, Anomaly>;

export const ID_TOKEN = { ...CLAIMS, ...SIGNATURES };
