import { expect } from 'vitest';
import { type ScriptedProvider, signingKey } from '../fakes/scripted-provider.ts';
import type { Ended, Module } from './module.ts';

/** Two RSA keys, made once: making one takes long. */
const rsaKeys = Promise.all([signingKey('rsa-1', 'RS256'), signingKey('rsa-2', 'RS256')]);

/** Signs ID tokens with RS256 from now on; `kid` null leaves the key id out. */
export async function signWithRs256(op: ScriptedProvider, kid: 'rsa-1' | null = 'rsa-1'): Promise<void> {
  [op.signing] = await rsaKeys;
  op.idTokenHeader = () => ({ alg: 'RS256', ...(kid !== null && { kid }) });
  op.metadata = (right) => ({ ...right, id_token_signing_alg_values_supported: ['RS256'] });
}

/** Publishes RSA keys without their ids, the first of them the one that signs. */
async function publishWithoutIds(op: ScriptedProvider, count: 1 | 2): Promise<void> {
  const keys = (await rsaKeys).slice(0, count).map(({ jwk: { kid: _, ...jwk } }) => jwk);
  op.keys = () => keys;
}

/** Changes the claims of the ID token. */
export function claims(change: (op: ScriptedProvider) => Record<string, unknown>) {
  return (op: ScriptedProvider) => {
    op.idTokenClaims = (right) => ({ ...right, ...change(op) });
  };
}

/** An ID token whose last byte of the signature is another. */
export function breakSignature(token: string): string {
  const [header, payload, signature = ''] = token.split('.');
  return [header, payload, `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`].join('.');
}

/** The same claims under `alg: none`, unsigned. */
export function unsigned(token: string): string {
  const header = btoa(JSON.stringify({ alg: 'none' })).replaceAll('=', '');
  return `${header}.${token.split('.')[1]}.`;
}

function requestsAreRight({ op, sentTo }: Ended): void {
  const asked = op.requested(sentTo);
  expect(asked.get('response_type')).toBe('code');
  expect(asked.get('scope')?.split(' ')).toContain('openid');
  const userinfo = op.requests.find(({ path }) => path === '/userinfo');
  expect(userinfo?.headers.get('authorization')).toMatch(/^Bearer access-/);
  expect(op.requests.every(({ url }) => !url.includes('access_token'))).toBe(true);
}

async function claimsOf({ visitor }: Ended) {
  const session = (await (await visitor.getJson('/session')).json()) as { claims: Record<string, unknown> };
  return session.claims;
}

/** `oidcc-client-basic-certification-test-plan`, in its order. */
export const BASIC: readonly Module[] = [
  {
    name: 'oidcc-client-test',
    expects: 'Signs in with the code flow and sends the token to the userinfo endpoint in a header.',
    check: requestsAreRight,
  },
  {
    name: 'oidcc-client-test-invalid-iss',
    expects: 'Refuses an ID token whose `iss` is another issuer.',
    refused: 'id_token_invalid',
    arrange: claims((op) => ({ iss: `${op.issuer}1` })),
  },
  {
    name: 'oidcc-client-test-missing-sub',
    expects: 'Refuses an ID token without `sub`.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ sub: undefined })),
  },
  {
    name: 'oidcc-client-test-invalid-aud',
    expects: 'Refuses an ID token whose `aud` is another client.',
    refused: 'id_token_invalid',
    arrange: claims((op) => ({ aud: `${op.clientId}1` })),
  },
  {
    name: 'oidcc-client-test-missing-iat',
    expects: 'Refuses an ID token without `iat`.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ iat: undefined })),
  },
  {
    name: 'oidcc-client-test-kid-absent-single-jwks',
    expects: 'Accepts an ID token without `kid` when the provider has one key.',
    arrange: async (op) => {
      await signWithRs256(op, null);
      await publishWithoutIds(op, 1);
    },
  },
  {
    name: 'oidcc-client-test-kid-absent-multiple-jwks',
    expects: 'Refuses an ID token without `kid` when several keys fit, or tries them all.',
    refused: 'id_token_invalid',
    arrange: async (op) => {
      await signWithRs256(op, null);
      await publishWithoutIds(op, 2);
    },
  },
  {
    name: 'oidcc-client-test-idtoken-sig-rs256',
    expects: 'Accepts an ID token signed with RS256.',
    arrange: (op) => signWithRs256(op),
  },
  {
    name: 'oidcc-client-test-idtoken-sig-none',
    expects: 'Accepts an unsigned ID token, or refuses it (the suite then counts the module as skipped).',
    refused: 'id_token_invalid',
    skipped: true,
    arrange: (op) => {
      op.idToken = unsigned;
      op.metadata = (right) => ({ ...right, id_token_signing_alg_values_supported: ['none'] });
    },
  },
  {
    name: 'oidcc-client-test-invalid-sig-rs256',
    expects: 'Refuses an ID token whose RS256 signature is wrong.',
    refused: 'id_token_invalid',
    arrange: async (op) => {
      await signWithRs256(op);
      op.idToken = breakSignature;
    },
  },
  {
    name: 'oidcc-client-test-userinfo-invalid-sub',
    expects: 'Refuses userinfo with another `sub` than the ID token’s.',
    refused: 'token_response_invalid',
    arrange: (op) => {
      op.userinfoResponse = (right) => ({ ...right, sub: `${right.sub}1` });
    },
  },
  {
    name: 'oidcc-client-test-nonce-invalid',
    expects: 'Refuses an ID token with another `nonce` than was sent.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ nonce: 'of-another-login' })),
  },
  {
    name: 'oidcc-client-test-scope-userinfo-claims',
    expects: 'Gets the claims of its scope from the userinfo endpoint.',
    arrange: (op) => {
      op.userinfoResponse = (right) => ({ ...right, email: 'ada@op.example', phone_number: '+1 555 0100' });
    },
    check: async (ended) =>
      expect(await claimsOf(ended)).toMatchObject({ name: 'Ada', email: 'ada@op.example' }),
  },
  {
    name: 'oidcc-client-test-client-secret-basic',
    expects: 'Authenticates at the token endpoint with `client_secret_basic`.',
    check: ({ op }) => {
      const token = op.requests.find(({ path }) => path === '/token');
      expect(token?.headers.get('authorization')).toMatch(/^Basic /);
      expect(token?.form.has('client_secret')).toBe(false);
    },
  },
];
