import { expect, vi } from 'vitest';
import { SESSION_SECRET } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import type { Scene } from './scene.ts';

/** Everything that is written to the log until `mockRestore`. */
export function watchLog() {
  const spies = (['log', 'info', 'warn', 'error', 'debug'] as const).map((name) =>
    vi.spyOn(console, name).mockImplementation(() => {}),
  );
  return {
    lines: () => spies.flatMap(({ mock }) => mock.calls.map((call) => call.map(String).join(' '))),
    restore: () => {
      for (const spy of spies) spy.mockRestore();
    },
  };
}

const SECRET_NAMES = ['code', 'code_verifier', 'refresh_token', 'token', 'client_secret', 'client_assertion'];

/** No secret of anybody stands in any line: of the client, of a login, of a session, of the provider. */
export function expectNoSecret(lines: readonly string[], scene: Scene): void {
  const text = lines.join('\n');
  expect(text).not.toMatch(/access-[\w-]{10}|refresh-[\w-]{10}|eyJ[\w-]{10}/);
  const requests = [...scene.op.requests, ...scene.two.requests];
  const sent = requests.flatMap(({ form }) => SECRET_NAMES.map((name) => form.get(name) ?? ''));
  const headers = requests.map(({ headers }) => headers.get('authorization')?.replace(/^\w+ /, '') ?? '');
  const secrets = [
    scene.op.clientSecret,
    SESSION_SECRET,
    ...scene.visitor.cookies.values(),
    ...sent,
    ...headers,
  ];
  for (const secret of secrets) if (secret.length > 7) expect(text).not.toContain(secret);
}

/** The headers that every answer has, errors too. */
export function expectSafeHeaders({ headers }: Response, isPlain: boolean): void {
  expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  expect(headers.get('content-security-policy')).toContain("frame-ancestors 'none'");
  expect(headers.get('content-security-policy')).not.toMatch(/unsafe|\*/);
  expect(headers.get('cache-control')).toBe('no-store');
  expect(headers.get('referrer-policy')).toBe('no-referrer');
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  if (!isPlain) expect(headers.get('strict-transport-security')).toMatch(/^max-age=31536000/);
  expect(headers.has('access-control-allow-origin')).toBe(false);
  for (const cookie of headers.getSetCookie()) {
    expect(cookie).toMatch(/^__Host-Http-[\w.-]+=[^;]*; (?!.*Domain)/);
    for (const part of ['Secure', 'HttpOnly', 'Path=/']) expect(cookie.split('; ')).toContain(part);
    // A login may need to come with a form of the provider's; nothing else may come from elsewhere.
    expect(cookie).toMatch(/^__Host-Http-login/.test(cookie) ? /; SameSite=(?:Lax|None)/ : /; SameSite=Lax/);
    expect(cookie.length).toBeLessThanOrEqual(4096);
  }
}

/** A session names its issuer, as the provider's answer did; so does a list of sessions. */
const NAMED_ISSUER = /"provider":"\w+","iss":"[^"]*"/g;

/** Registered error codes are ours to show; whatever is short could stand anywhere. */
const OUR_OWN = /^(?:[a-z_]{1,40}|.{0,7})$/s;

/** Nothing that the browser brought stands in what it gets, apart from where it asked to be led. */
export async function expectNothingReflected(visitor: Visitor, response: Response): Promise<void> {
  const text = await response.clone().text();
  const body = text.replaceAll(NAMED_ISSUER, '');
  const headers = [...response.headers]
    .filter(([name]) => name !== 'location' && name !== 'set-cookie')
    .map(([, value]) => value);
  const shown = [body, ...headers].join('\n');
  for (const value of visitor.brought.filter((value) => !OUR_OWN.test(value)))
    expect(shown).not.toContain(value);
  expect(shown).not.toMatch(/onerror|alert\(1\)|javascript:|evil\.example/);
  expect([...response.headers.keys()]).not.toContain('evil');
}
