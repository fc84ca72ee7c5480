import { exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { vi } from 'vitest';
import { exchange } from '../../connections/stage.ts';
import type { Row } from '../case.ts';
import { type Program, program, refusedProgram, servedProgram } from './program.ts';

const CI = 'https://ci.example';
const AUDIENCE = 'https://app.example';
const SUBJECT = 'repo:acme/app:ref:refs/heads/main';
const BAD = refusedProgram(400, 'invalid_request');
const now = () => Math.floor(Date.now() / 1000);

type Sign = (claims: Record<string, unknown>) => Promise<string>;

/** A CI system whose jobs are trusted; `forge` makes the JWT that a job, or somebody else, sends. */
const job = (forge: (sign: Sign, right: Record<string, unknown>) => Promise<string>, isDown = false) =>
  program(async ({ scene, id, visitor }: Program) => {
    const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
    const jwk = { ...(await exportJWK(publicKey)), kid: 'ci-1', alg: 'RS256' };
    const others = globalThis.fetch;
    vi.stubGlobal(
      'fetch',
      Object.assign((input: RequestInfo, init?: RequestInit) => {
        const request = new Request(input, init);
        if (!request.url.startsWith(CI)) return others(request);
        return isDown ? new Response('', { status: 503 }) : Response.json({ keys: [jwk] });
      }, others),
    );
    const entry = {
      issuer: CI,
      audience: AUDIENCE,
      subject: SUBJECT,
      claims: { ref: 'main' },
      jwks: `${CI}/jwks`,
    };
    const TRUST = { job: { ...entry, connection: id, raw_tokens: true } };
    const sign: Sign = (claims) =>
      new SignJWT(claims).setProtectedHeader({ alg: 'RS256', kid: 'ci-1' }).sign(privateKey);
    const right = { iss: CI, aud: AUDIENCE, sub: SUBJECT, ref: 'main', iat: now(), exp: now() + 600 };
    const trusting = visitor.at({ ...scene.visitor.env, TRUST });
    return exchange(trusting, await forge(sign, right), {
      subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    });
  });
const withClaims = (claims: () => Record<string, unknown>) =>
  job((sign, right) => sign({ ...right, ...claims() }));

/** JWTs of a CI system in place of keys. */
// biome-ignore format: one line per case
export const TRUSTED: readonly Row[] = [
  ['jwt-trusted', 'RFC 8693 §2.1', job((sign, right) => sign(right)), servedProgram()],
  ['jwt-iss-other', 'RFC 8725 §3.8', withClaims(() => ({ iss: `${CI}/` })), BAD],
  ['jwt-aud-other', 'RFC 8725 §3.9', withClaims(() => ({ aud: 'https://other.example' })), BAD],
  ['jwt-aud-several', 'RFC 8725 §3.9', withClaims(() => ({ aud: [AUDIENCE, 'https://other.example'] })), BAD],
  ['jwt-sub-other', 'RFC 8725 §3.8', withClaims(() => ({ sub: 'repo:acme/app:pull_request' })), BAD],
  ['jwt-claim-other', 'RFC 8693 §2.1', withClaims(() => ({ ref: 'feature' })), BAD],
  ['jwt-claim-missing', 'RFC 8693 §2.1', withClaims(() => ({ ref: undefined })), BAD],
  ['jwt-of-a-sign-out', 'RFC 8725 §3.11', withClaims(() => ({ events: { 'http://schemas.openid.net/event/backchannel-logout': {} } })), BAD],
  ['jwt-expired', 'RFC 7519 §4.1.4', withClaims(() => ({ exp: now() - 120 })), BAD],
  ['jwt-without-end', 'RFC 7519 §4.1.4', withClaims(() => ({ exp: undefined })), BAD],
  ['jwt-from-the-future', 'RFC 7519 §4.1.6', withClaims(() => ({ iat: now() + 300 })), BAD],
  ['jwt-older-than-an-hour', 'RFC 8693 §5', withClaims(() => ({ iat: now() - 3700 })), BAD],
  ['jwt-alg-none', 'RFC 8725 §3.1', job(async (_, right) => new UnsecuredJWT(right).encode()), BAD],
  ['jwt-by-another-key', 'RFC 8725 §3.1', job(async (_, right) => new SignJWT(right).setProtectedHeader({ alg: 'RS256', kid: 'ci-1' }).sign((await generateKeyPair('RS256')).privateKey)), BAD],
  ['jwt-by-a-secret', 'RFC 8725 §3.1', job((_, right) => new SignJWT(right).setProtectedHeader({ alg: 'HS256' }).sign(new Uint8Array(32))), BAD],
  ['jwt-of-an-issuer-that-is-down', 'RFC 6749 §5.2', job((sign, right) => sign(right), true), refusedProgram(503, 'temporarily_unavailable')],
  ['jwt-that-is-none', 'CWE-20', job(async () => 'a.b.c'), BAD],
];
