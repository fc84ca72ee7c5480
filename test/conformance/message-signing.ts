import { signedAnswer } from '../fakes/signed-answer.ts';
import { breakSignature, unsigned } from './basic.ts';
import type { Module } from './module.ts';

const NAME = 'fapi2-security-profile-final-client-test';

type Answer = NonNullable<Module['answer']>;

/** A signed answer with other claims. */
const withClaims =
  (change: (right: Record<string, unknown>) => Record<string, unknown>): Answer =>
  (right, op) =>
    signedAnswer(op, right, change);

/** A signed answer that is changed after it was signed. */
const spoilt =
  (spoil: (right: string) => string): Answer =>
  async (right, op) => {
    const answer = await signedAnswer(op, right);
    return new URLSearchParams({ response: spoil(answer.get('response') ?? '') });
  };

/**
 * What `fapi2-message-signing-final-client-test-plan` has beyond the Security Profile's plan, with signed requests
 * and signed answers (JARM); its first module again, as the case that succeeds.
 */
export const MESSAGE_SIGNING: readonly Module[] = [
  {
    name: `${NAME}-happy-path`,
    expects: 'Signs in with a signed request that is pushed, and a signed answer.',
    answer: withClaims((right) => right),
  },
  {
    name: `${NAME}-ensure-jarm-without-iss-fails`,
    expects: 'Refuses a signed answer without `iss`.',
    refused: 'issuer_mismatch',
    answer: withClaims((right) => ({ ...right, iss: undefined })),
  },
  {
    name: `${NAME}-ensure-jarm-with-invalid-iss-fails`,
    expects: 'Refuses a signed answer whose `iss` is another issuer.',
    refused: 'issuer_mismatch',
    answer: withClaims((right) => ({ ...right, iss: `${right.iss}1` })),
  },
  {
    name: `${NAME}-ensure-jarm-without-aud-fails`,
    expects: 'Refuses a signed answer without `aud`.',
    refused: 'invalid_request',
    answer: withClaims((right) => ({ ...right, aud: undefined })),
  },
  {
    name: `${NAME}-ensure-jarm-with-invalid-aud-fails`,
    expects: 'Refuses a signed answer whose `aud` is another client.',
    refused: 'invalid_request',
    answer: withClaims((right) => ({ ...right, aud: `${right.aud}1` })),
  },
  {
    name: `${NAME}-ensure-jarm-without-exp-fails`,
    expects: 'Refuses a signed answer without `exp`.',
    refused: 'invalid_request',
    answer: withClaims((right) => ({ ...right, exp: undefined })),
  },
  {
    name: `${NAME}-ensure-jarm-with-expired-exp-fails`,
    expects: 'Refuses a signed answer that has expired.',
    refused: 'invalid_request',
    answer: withClaims((right) => ({ ...right, exp: Math.floor(Date.now() / 1000) - 301 })),
  },
  {
    name: `${NAME}-ensure-jarm-with-invalid-sig-fails`,
    expects: 'Refuses an answer whose signature is wrong.',
    refused: 'invalid_request',
    answer: spoilt(breakSignature),
  },
  {
    name: `${NAME}-ensure-jarm-signature-is-not-none`,
    expects: 'Refuses an unsigned answer.',
    refused: 'invalid_request',
    answer: spoilt(unsigned),
  },
];
