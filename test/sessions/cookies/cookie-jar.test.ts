import { describe, expect, it } from 'vitest';
import { COOKIE_BUDGET_BYTES, type CookieJar, cookieJar } from '../../../src/sessions/cookies/cookie-jar.ts';

/** Runs `use` on the jar of a request that brings these cookies; returns what the jar sets. */
function withJar(cookies: string, use: (jar: CookieJar) => void, origin = 'https://app.example') {
  const jar = cookieJar(cookies, origin);
  use(jar);
  return jar.take();
}

const pairs = (lines: readonly string[]) => lines.map((line) => line.split('; ')[0]).join('; ');

describe('cookies', () => {
  it.each([1, 3800, 3801, 7600, COOKIE_BUDGET_BYTES])('of %i bytes come back whole', async (length) => {
    const value = 'abcdefghij'.repeat(Math.ceil(length / 10)).slice(0, length);
    const lines = withJar('', (jar) => jar.set('session', value, 60));
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(4096);
    let found: string | undefined;
    withJar(pairs(lines), (jar) => {
      found = jar.get('session');
    });
    expect(found).toBe(value);
  });

  it('clear the chunks that a shorter value leaves over', async () => {
    const long = withJar('', (jar) => jar.set('session', 'x'.repeat(9000), 60));
    const short = withJar(pairs(long), (jar) => jar.set('session', 'y', 60));
    expect(short.map((line) => line.split(';').slice(0, 2).join(';'))).toEqual([
      '__Host-Http-session=y; Max-Age=60',
      '__Host-Http-session.1=; Max-Age=0',
      '__Host-Http-session.2=; Max-Age=0',
    ]);
  });

  it('are named without prefix and chunks', async () => {
    const names: string[] = [];
    const cookies = '__Host-Http-login-a=1; __Host-Http-login-a.1=2; login-b=3; __Host-Http-session=4';
    withJar(cookies, (jar) => names.push(...jar.names('login-')));
    expect(names).toEqual(['login-a']);
  });

  it('are SameSite=None only where a form of the provider must bring them', async () => {
    const [line] = withJar('', (jar) => jar.set('login-0', 'x', 60, { sameSiteNone: true }));
    expect(line).toContain('SameSite=None');
    expect(line).toContain('Secure');
  });

  it('say whose they are on http on this machine, where nothing guards their names', async () => {
    const [line] = withJar('', (jar) => jar.set('session', 'x', 60), 'http://localhost:8787');
    expect(line).toBe('drawbridge-session=x; Max-Age=60; Path=/; HttpOnly; SameSite=Lax');
  });
});
