import { describe, expect, it } from 'vitest';
import { signIn, stage, startLogin } from '../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { ORIGIN } from '../support/settings.ts';
import { expectDefended } from './defences.ts';

const ADMIN_TOKEN = 'hB7kQ2xW9eT4uY6iO1pA3sD5fG8jK0lZ';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const OWN = {
  origin: ORIGIN,
  'sec-fetch-site': 'same-origin',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
};

/** Bytes without end; `sent` says how many of them were asked for. */
function endless(): { body: ReadableStream; sent: () => number } {
  let sent = 0;
  const chunk = new TextEncoder().encode('a'.repeat(16 * 1024));
  const body = new ReadableStream({
    pull(controller) {
      sent += chunk.length;
      if (sent > 50_000_000) controller.error(new Error('everything was read'));
      else controller.enqueue(chunk);
    },
  });
  return { body, sent: () => sent };
}

const long = 'x'.repeat(60_000);

describe('what is too large', () => {
  it.each([
    '/',
    '/login',
    '/callback',
    '/session',
    '/token',
    '/logout',
    '/jwks',
    '/healthz',
    '/employees',
    '/admin/sessions',
    '/nowhere',
  ])('as a query, a path or a header of %s breaks nothing', async (path) => {
    const { op, visitor } = await stage({}, { ADMIN_TOKEN });
    await signIn(visitor, op);
    const names = ['return_to', 'scope', 'state', 'code', 'provider', 'login_hint', 'cursor', 'anything'];
    const requests = [
      ...names.map((name) => visitor.get(`${path}?${name}=${long}`)),
      visitor.get(`${path}?${'a=b&'.repeat(15_000)}`),
      visitor.get(`${path}/${long}`),
      ...['accept', 'referer', 'origin', 'authorization', 'x-own'].map((name) =>
        visitor.get(path, { [name]: long }),
      ),
      visitor.get(path, { accept: 'a/b;q=0.1,'.repeat(6000) }),
    ];
    for (const response of await Promise.all(requests)) {
      expect([200, 302, 303, 400, 401, 403, 404, 429]).toContain(response.status);
      expectDefended(response, path);
      expect(await response.text()).not.toContain(long);
    }
  });

  it.each([
    ['/callback', { response_mode: 'form_post' }],
    ['/login', {}],
    ['/backchannel-logout/op', {}],
    ['/admin/sign-in', {}],
  ])('as a form without end at %s is refused, and not read to its end', async (path, entry) => {
    const { op, visitor } = await stage(entry, { ADMIN_TOKEN, TOKENS, SESSION_KEEPER });
    await startLogin(visitor);
    const { body, sent } = endless();
    const headers = { ...OWN, ...FORM, accept: 'application/json' };
    const response = await visitor.send('POST', path, { headers, body });
    expect(response.status).toBe(400);
    expect(sent()).toBeLessThan(1_000_000);
    expect(op.paths).not.toContain('/token');
  });

  it.each(['/logout', '/session/refresh', '/session', '/nowhere', '/admin/sessions/revoke'])(
    'as a body at %s is not looked at',
    async (path) => {
      const { op, visitor } = await stage({}, { ADMIN_TOKEN });
      await signIn(visitor, op);
      const { body, sent } = endless();
      const response = await visitor.send('POST', path, { headers: { ...OWN, ...FORM }, body });
      expect(response.status).toBeLessThan(500);
      expect(sent()).toBeLessThan(1_000_000);
    },
  );
});
