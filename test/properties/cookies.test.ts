import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { COOKIE_BUDGET_BYTES, type CookieJar, cookieJar } from '../../src/sessions/cookies/cookie-jar.ts';
import { signIn, stage } from '../flows/journey.ts';
import { ORIGIN } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import { holds } from './holds.ts';

/** The name that a cookie has in the browser. */
const full = (name: string, chunk = 0) => `__Host-Http-${name}${chunk === 0 ? '' : `.${chunk}`}`;

/** Runs `use` on the jar of a request with this Cookie header; returns what the jar sets. */
function withJar(header: string, use: (jar: CookieJar) => void): string[] {
  const jar = cookieJar(header, ORIGIN);
  use(jar);
  // As a response has them.
  return new Headers(jar.take().map((line) => ['set-cookie', line])).getSetCookie();
}

/** What a browser keeps and sends back (RFC 6265 §5.2, §5.4). */
function browser(kept: ReadonlyMap<string, string>, lines: readonly string[]): Map<string, string> {
  const cookies = new Map(kept);
  for (const line of lines) {
    expect(line.length).toBeLessThanOrEqual(4096);
    const [pair = '', ...attributes] = line.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    if (attributes.includes('Max-Age=0')) cookies.delete(pair.slice(0, at));
    else cookies.set(pair.slice(0, at), pair.slice(at + 1));
  }
  return cookies;
}

const header = (cookies: Iterable<readonly [string, string]>) =>
  [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');

/** Sealed values: base64url and dots, of any length that has room. */
const sealed = fc
  .tuple(fc.stringMatching(/^[\w.-]{1,40}$/), fc.oneof(fc.nat(COOKIE_BUDGET_BYTES), edgeOfChunk()))
  .map(([text, length]) => text.repeat(Math.ceil(length / text.length)).slice(0, length));

function edgeOfChunk(): fc.Arbitrary<number> {
  return fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: -1, max: 1 }))
    .map(([chunks, off]) => chunks * 3800 + off);
}

const text = fc.string({ unit: 'grapheme', maxLength: 200 });
const name = fc.constantFrom('session', 'login-0', 'login-4', 'admin');

describe('a cookie', () => {
  holds(
    'comes back as it was set, in the place of what was there',
    [name, fc.array(sealed, { minLength: 1, maxLength: 4 })],
    async (key, values) => {
      let cookies = new Map<string, string>();
      for (const value of values) {
        const lines = withJar(header(cookies), (jar) => {
          jar.set(key, value, 60);
          expect(jar.get(key)).toBe(value);
        });
        cookies = browser(cookies, lines);
        withJar(header(cookies), (jar) => expect(jar.get(key)).toBe(value));
      }
      cookies = browser(
        cookies,
        withJar(header(cookies), (jar) => jar.clear(key)),
      );
      expect([...cookies]).toEqual([]);
    },
  );

  holds('may hold any text', [name, text], async (key, value) => {
    const cookies = browser(
      new Map(),
      withJar('', (jar) => jar.set(key, value, 60)),
    );
    withJar(header(cookies), (jar) => expect(jar.get(key)).toBe(value));
  });

  holds('is none of the others', [sealed, sealed], async (one, other) => {
    const lines = withJar('', (jar) => {
      jar.set('login-0', one, 60);
      jar.set('login-1', other, 60);
    });
    withJar(header(browser(new Map(), lines)), (jar) => {
      expect([jar.get('login-0'), jar.get('login-1')]).toEqual([one, other]);
      expect(jar.get('session')).toBeUndefined();
    });
  });
});

/** So many random characters: nothing makes them shorter. */
function random(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return bytes.toBase64({ alphabet: 'base64url' }).slice(0, length);
}

/** Two signed-in users whose sessions are several cookies each. */
async function twoUsers(): Promise<{ visitor: Visitor; chunks: Record<string, string[]> }> {
  const { op, visitor } = await stage();
  op.tokenResponse = (right) => ({ ...right, access_token: `access-${random(8000)}` });
  const chunks: Record<string, string[]> = {};
  for (const sub of ['user-1', 'user-2']) {
    op.sub = sub;
    visitor.cookies.clear();
    await signIn(visitor, op);
    chunks[sub] = [...visitor.cookies.values()];
    expect(chunks[sub].length).toBeGreaterThan(2);
  }
  visitor.cookies.clear();
  return { visitor, chunks };
}

describe('sessions in cookies', () => {
  let visitor: Visitor;
  let chunks: Record<string, string[]> = {};
  beforeAll(async () => {
    ({ visitor, chunks } = await twoUsers());
  });
  const part = fc.oneof(
    fc.tuple(fc.constantFrom('user-1', 'user-2'), fc.nat(3)).map(([sub, at]) => chunks[sub]?.[at] ?? ''),
    fc.stringMatching(/^[ -:<-~]{0,60}$/),
    fc.constantFrom('x'.repeat(3800), '%', '%E0%A4%A', '"', 'eyJhbGciOiJub25lIn0.e30.'),
  );
  const key = fc.oneof(
    fc.nat(5).map((chunk) => full('session', chunk)),
    fc.constantFrom('session', 'session.1', '__proto__', 'constructor', '__Host-Http-session.01', ''),
    fc.stringMatching(/^[ -:<>-~]{0,12}$/),
  );

  it('are two users’', async () => {
    for (const [sub, parts] of Object.entries(chunks)) {
      const cookies = header(parts.map((value, chunk) => [full('session', chunk), value]));
      const response = await visitor.getJson('/session', { cookie: cookies });
      expect(await response.json()).toMatchObject({ sub });
    }
  });

  holds(
    'are never mixed, whatever chunks are missing, doubled, swapped or made up',
    [fc.array(fc.tuple(key, part), { maxLength: 8 })],
    async (pairs) => {
      visitor.cookies.clear();
      const response = await visitor.getJson('/session', { cookie: header(pairs) });
      expect([200, 401]).toContain(response.status);
      if (response.status === 401) return;
      // The last of the same name counts; each chunk of the session that is shown must have come.
      const { sub } = (await response.json()) as { sub: string };
      const came = pairs.map(([, value]) => value);
      for (const chunk of chunks[sub] ?? ['none']) expect(came).toContain(chunk);
    },
  );
});
