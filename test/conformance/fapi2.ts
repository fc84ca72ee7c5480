import { expect } from 'vitest';
import { bindTokens } from '../fakes/dpop-proofs.ts';
import { claims, signWithRs256, unsigned } from './basic.ts';
import type { Ended, Module } from './module.ts';

const NAME = 'fapi2-security-profile-final-client-test';

const withParameter = (name: string, value: string | undefined) => (right: URLSearchParams) => {
  if (value === undefined) right.delete(name);
  else right.set(name, value);
  return right;
};

/** The request was pushed, with PKCE and the key that the tokens will be bound to (FAPI 2.0 SP §5.3.3.2). */
function requestIsRight({ op, sentTo }: Ended): void {
  expect([...sentTo.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri']);
  const asked = op.requested(sentTo);
  expect(asked.get('response_type')).toBe('code');
  expect(asked.get('code_challenge_method')).toBe('S256');
  expect(asked.get('dpop_jkt')).toMatch(/^[\w-]{43}$/);
  expect(op.paths).toContain('/userinfo');
}

/** Two refreshes in a row, each with the refresh token that the one before brought. */
async function refreshesTwice({ visitor }: Ended): Promise<void> {
  for (let round = 0; round < 2; round++) {
    const refreshed = await visitor.post('/session/refresh', { accept: 'application/json' });
    expect(refreshed.status).toBe(200);
  }
}

/**
 * `fapi2-security-profile-final-client-test-plan` with `private_key_jwt`, DPoP and OpenID Connect, in its order.
 * Its modules for one country's banks, and those for Grant Management, which need what is not offered here, are
 * left out but for the refresh token's, which is good for everyone.
 */
export const FAPI2: readonly Module[] = [
  {
    name: `${NAME}-happy-path`,
    expects: 'Signs in with the complete profile, with DPoP nonces from the server and the resource.',
    check: requestIsRight,
  },
  {
    name: `${NAME}-discovery-issuer-mismatch`,
    expects: 'Refuses metadata that names another issuer, before any login.',
    refused: 'provider_unreachable',
    arrange: (op) => {
      op.metadata = (right) => ({ ...right, issuer: `${op.issuer}/another` });
    },
  },
  {
    name: `${NAME}-invalid-iss`,
    expects: 'Refuses an ID token whose `iss` is another issuer.',
    refused: 'id_token_invalid',
    arrange: claims((op) => ({ iss: `${op.issuer}1` })),
  },
  {
    name: `${NAME}-invalid-aud`,
    expects: 'Refuses an ID token whose `aud` is another client.',
    refused: 'id_token_invalid',
    arrange: claims((op) => ({ aud: `${op.clientId}1` })),
  },
  {
    name: `${NAME}-invalid-secondary-aud`,
    expects: 'Refuses an ID token with a second audience that it does not trust.',
    refused: 'id_token_invalid',
    arrange: claims((op) => ({ aud: [op.clientId, `${op.clientId}1`] })),
  },
  {
    name: `${NAME}-invalid-null-alg`,
    expects: 'Refuses an unsigned ID token.',
    refused: 'id_token_invalid',
    arrange: (op) => {
      op.idToken = unsigned;
    },
  },
  {
    name: `${NAME}-invalid-alternate-alg`,
    expects: 'Refuses an ID token signed with RS256, whatever the metadata says.',
    refused: 'id_token_invalid',
    arrange: (op) => signWithRs256(op),
  },
  {
    name: `${NAME}-invalid-expired-exp`,
    expects: 'Refuses an ID token that has expired.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ exp: Math.floor(Date.now() / 1000) - 301 })),
  },
  {
    name: `${NAME}-invalid-missing-exp`,
    expects: 'Refuses an ID token without `exp`.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ exp: undefined })),
  },
  {
    name: `${NAME}-invalid-missing-aud`,
    expects: 'Refuses an ID token without `aud`.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ aud: undefined })),
  },
  {
    name: `${NAME}-invalid-missing-iss`,
    expects: 'Refuses an ID token without `iss`.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ iss: undefined })),
  },
  {
    name: `${NAME}-valid-aud-as-array`,
    expects: 'Accepts an ID token whose `aud` is an array with only the client id.',
    arrange: claims((op) => ({ aud: [op.clientId] })),
  },
  {
    name: `${NAME}-invalid-nonce`,
    expects: 'Refuses an ID token with another `nonce` than was sent.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ nonce: 'of-another-login' })),
  },
  {
    name: `${NAME}-invalid-missing-nonce`,
    expects: 'Refuses an ID token without the `nonce` that was sent.',
    refused: 'id_token_invalid',
    arrange: claims(() => ({ nonce: undefined })),
  },
  {
    name: `${NAME}-invalid-authorization-response-iss`,
    expects: 'Refuses an answer whose `iss` is another issuer, before the code is sent anywhere.',
    refused: 'issuer_mismatch',
    answer: withParameter('iss', 'https://op.example1'),
    check: ({ op }) => expect(op.paths).not.toContain('/token'),
  },
  {
    name: `${NAME}-remove-authorization-response-iss`,
    expects: 'Refuses an answer without `iss`, before the code is sent anywhere.',
    refused: 'issuer_mismatch',
    answer: withParameter('iss', undefined),
    check: ({ op }) => expect(op.paths).not.toContain('/token'),
  },
  {
    name: `${NAME}-ensure-authorization-response-with-invalid-state-fails`,
    expects: 'Refuses an answer with another `state`.',
    refused: 'state_mismatch',
    answer: withParameter('state', 'of-another-login'),
    check: ({ op }) => expect(op.paths).not.toContain('/token'),
  },
  {
    name: `${NAME}-ensure-authorization-response-with-invalid-missing-state-fails`,
    expects: 'Refuses an answer without `state`.',
    refused: 'state_mismatch',
    answer: withParameter('state', undefined),
    check: ({ op }) => expect(op.paths).not.toContain('/token'),
  },
  {
    name: `${NAME}-token-endpoint-response-without-expires_in`,
    expects: 'Accepts a token response without `expires_in`.',
    arrange: (op) => {
      op.tokenResponse = (right) => ({ ...right, expires_in: undefined });
    },
  },
  {
    name: `${NAME}-token-type-case-insensitivity`,
    expects: 'Accepts `token_type` in any case.',
    arrange: (op) => {
      op.tokenType = 'dpOp';
    },
  },
  {
    name: `${NAME}-rs-dpop-auth-scheme-case-insensitivity`,
    expects: 'Understands the resource’s request for a nonce in any case of its scheme.',
    arrange: (op) => bindTokens(op, { nonces: true, challenge: 'dPOp error="use_dpop_nonce"' }),
    check: requestIsRight,
  },
  {
    name: `${NAME}-happy-path-no-dpop-nonce`,
    expects: 'Signs in with the complete profile if no nonces are required.',
    arrange: (op) => bindTokens(op, { nonces: false }),
    check: requestIsRight,
  },
  {
    name: `${NAME}-happy-path-no-mtls-endpoint-aliases`,
    expects: 'Uses the plain endpoints where the metadata has no `mtls_endpoint_aliases`.',
    check: requestIsRight,
  },
  {
    name: 'fapi2-security-profile-final-client-refresh-token-test',
    expects: 'Refreshes its access token twice, each time with the latest refresh token and key.',
    check: refreshesTwice,
  },
];
