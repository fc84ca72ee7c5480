import fc from 'fast-check';
import { base64url } from 'jose';
import { beforeEach, describe, expect } from 'vitest';
import type { ScriptedProvider } from '../fakes/scripted-provider.ts';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { errorOf, type Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

let op: ScriptedProvider;
let visitor: Visitor;
beforeEach(async () => {
  ({ op, visitor } = await stage({ scope: 'openid' }));
});

const junk = fc.oneof(
  fc.constantFrom('', 'x', 'https://op.example/', 'https://evil.example', '\0', 'null', 'x'.repeat(9000)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);

/** A parameter of the callback: the right value (undefined) or one that is made up. */
const parameter = fc.tuple(
  fc.constantFrom(
    'code',
    'state',
    'iss',
    'error',
    'error_description',
    'response',
    'access_token',
    'id_token',
    'session_state',
  ),
  fc.option(junk, { nil: undefined }),
);
/** What is done to the right answer: some parameters left out, others added in front or at the end. */
const soup = fc.record({
  dropped: fc.subarray(['code', 'state', 'iss']),
  added: fc.array(parameter, { maxLength: 4 }),
  inFront: fc.boolean(),
});

describe('a callback', () => {
  holds(
    'asks for a token only with the state, the issuer and one code of its login',
    [soup],
    async ({ dropped, added, inFront }) => {
      visitor.cookies.clear();
      const right = op.authorize(await startLogin(visitor));
      const kept = [...right].filter(([name]) => !dropped.includes(name));
      const more = added.map(([name, value]): [string, string] => [name, value ?? right.get(name) ?? 'x']);
      const sent = new URLSearchParams(inFront ? [...more, ...kept] : [...kept, ...more]);
      const before = op.requests.length;
      const response = await visitor.getJson(`/callback?${sent}`);
      const asked = op.requests.slice(before).filter(({ path }) => path === '/token');
      expect([303, 400, 401, 403, 502]).toContain(response.status);
      expect(asked.length).toBeLessThanOrEqual(1);
      if (asked.length === 0) {
        expect(response.status).not.toBe(303);
        expect([...visitor.cookies.keys()].filter((name) => name.includes('session'))).toEqual([]);
        return;
      }
      for (const name of ['state', 'iss']) expect(sent.getAll(name)).toEqual([right.get(name)]);
      expect(sent.getAll('code')).toHaveLength(1);
      // A parameter without a value is none (RFC 6749 §3.1).
      expect(sent.get('error') || sent.get('response') || '').toBe('');
      expect(response.status === 303).toBe(sent.get('code') === right.get('code'));
    },
  );
});

/** One thing about a token response; `signsIn` says if somebody may be signed in with it. */
interface Change {
  readonly signsIn: boolean;
  readonly response?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly header?: Readonly<Record<string, unknown>>;
  readonly idToken?: (right: string) => string;
}

const now = () => Math.floor(Date.now() / 1000);
const harmless = fc.constantFrom<Change>(
  { signsIn: true },
  { signsIn: true, response: { expires_in: '3600', extra: { nested: [] } } },
  { signsIn: true, response: { expires_in: undefined, refresh_token: undefined, scope: undefined } },
  { signsIn: true, response: { refresh_token: {}, expires_in: 'soon' } },
  { signsIn: true, response: { token_type: 'bearer', scope: 'openid more' } },
  { signsIn: true, claims: { amr: ['pwd'], extra: { a: 1 }, name: '<b>' } },
  { signsIn: true, claims: { aud: ['client-1'], azp: 'client-1' } },
  { signsIn: true, claims: { azp: null, auth_time: null, acr: null } },
  { signsIn: true, header: { typ: 'JWT', jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x' } },
);
const odd = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 1e300, '', 'x', [], {}, ['x'], 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 10 }),
);
/** Members that would make a wrong token right again, by chance. */
const isRight = (name: string, value: unknown) =>
  (name === 'aud' && String(value) === 'client-1') || (name === 'azp' && value === null);
const wrongClaim = fc
  .tuple(fc.constantFrom('iss', 'aud', 'nonce', 'azp', 'exp', 'iat', 'sub'), odd)
  // Any text of up to 255 characters is a subject.
  .filter(
    ([name, value]) => !(name === 'sub' && typeof value === 'string' && value !== '' && value.length <= 255),
  )
  .filter(
    ([name, value]) =>
      !(name === 'exp' && value === 1e300) &&
      !(name === 'iat' && [0, -1].includes(Number(value)) && typeof value === 'number'),
  )
  .filter(([name, value]) => !isRight(name, value))
  .map(([name, value]): Change => ({ signsIn: false, claims: { [name]: value } }));
const missingClaim = fc
  .constantFrom('iss', 'aud', 'nonce', 'exp', 'iat', 'sub')
  .map((name): Change => ({ signsIn: false, claims: { [name]: undefined } }));
const wrongMember = fc
  .tuple(fc.constantFrom('access_token', 'token_type', 'id_token'), odd)
  .filter(([name, value]) => !(name === 'access_token' && typeof value === 'string' && value !== ''))
  .map(([name, value]): Change => ({ signsIn: false, response: { [name]: value } }));
const wrong = fc.oneof(
  wrongClaim,
  missingClaim,
  wrongMember,
  fc.constantFrom<Change>(
    { signsIn: false, response: { access_token: undefined } },
    { signsIn: false, response: { id_token: undefined } },
    { signsIn: false, response: { error: 'invalid_grant' } },
    { signsIn: false, response: { refresh_token: { odd: true }, expires_in: 'soon' } },
    { signsIn: false, claims: { exp: now() - 3600 } },
    { signsIn: false, claims: { iat: now() + 3600 } },
    { signsIn: false, claims: { nbf: now() + 3600 } },
    { signsIn: false, claims: { aud: ['client-1', 'https://other.example'] } },
    { signsIn: false, claims: { at_hash: 'wrong' } },
    { signsIn: false, header: { kid: 'unknown' } },
    { signsIn: false, header: { crit: ['urn:example:odd'], 'urn:example:odd': true } },
  ),
  fc
    .tuple(fc.nat(), fc.nat(7))
    .map(([at, bit]): Change => ({ signsIn: false, idToken: (right) => flipped(right, at, bit) })),
  fc
    .constantFrom('none', 'HS256', 'RS256')
    .map((alg): Change => ({ signsIn: false, idToken: (right) => withAlgorithm(right, alg) })),
);

/** The token with one bit of its header, claims or signature flipped. */
function flipped(token: string, at: number, bit: number): string {
  const parts = token.split('.').map((part) => base64url.decode(part));
  const bytes = parts[at % 3] as Uint8Array;
  const index = at % bytes.length;
  bytes[index] = (bytes[index] as number) ^ (1 << bit);
  return parts.map((part) => base64url.encode(part)).join('.');
}

function withAlgorithm(token: string, alg: string): string {
  const [, claims, signature] = token.split('.');
  return `${base64url.encode(JSON.stringify({ alg, kid: 'key-1' }))}.${claims}.${alg === 'none' ? '' : signature}`;
}

const KNOWN = ['token_response_invalid', 'token_request_failed', 'id_token_invalid', 'session_too_large'];

describe('a token response', () => {
  holds(
    'signs somebody in only if all of it is right, and is refused by a known code otherwise',
    [fc.array(harmless, { maxLength: 2 }), fc.option(wrong, { nil: undefined })],
    async (changes, spoilt) => {
      visitor.cookies.clear();
      const all = [...changes, ...(spoilt ? [spoilt] : [])];
      op.idTokenClaims = (right) => Object.assign({ ...right }, ...all.map(({ claims }) => claims));
      op.idTokenHeader = (right) => Object.assign({ ...right }, ...all.map(({ header }) => header));
      op.idToken = (right) => all.reduce((token, { idToken }) => idToken?.(token) ?? token, right);
      op.tokenResponse = (right) => Object.assign({ ...right }, ...all.map(({ response }) => response));
      const response = await signIn(visitor, op);
      const session = await visitor.getJson('/session');
      if (spoilt === undefined) {
        expect(response.status).toBe(303);
        expect(await session.json()).toMatchObject({ sub: 'user-1', provider: 'op' });
      } else {
        expect(KNOWN).toContain(await errorOf(response));
        expect(session.status).toBe(401);
      }
    },
  );

  holds(
    'that is anything at all is no reason to break',
    [
      fc.oneof(fc.json(), fc.string({ unit: 'binary' }), fc.uint8Array()),
      fc.constantFrom(200, 201, 204, 302, 400, 401, 404, 418, 429, 500, 503, 599),
      fc.constantFrom('application/json', 'application/json; charset=x', 'text/html', ''),
    ],
    async (body, status, type) => {
      visitor.cookies.clear();
      op.answers['/token'] = () =>
        new Response([204, 304].includes(status) ? null : body, {
          status,
          headers: type ? { 'content-type': type } : {},
        });
      const response = await signIn(visitor, op);
      expect([400, 502]).toContain(response.status);
      expect([...KNOWN, 'provider_unreachable']).toContain(await errorOf(response));
      expect([...visitor.cookies.keys()]).toEqual([]);
    },
  );
});
