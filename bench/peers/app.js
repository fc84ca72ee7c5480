import { Hono } from 'hono';
import { deleteCookie, getCookie, setCookie } from 'hono/cookie';
import { newAttempt, open, publicOf, seal, sessionOf } from '../workers/by-hand.js';

const ATTRIBUTES = { path: '/', httpOnly: true, secure: true, sameSite: 'Lax' };

/**
 * An app as one would write it with Hono and a library for the protocol, which keeps no session: cookies are sealed as in
 * the client by hand. `authorizationUrl` says where the browser goes for a login attempt, `exchange` finishes the login:
 * `{ answer, claims }`.
 */
export function appWith({ authorizationUrl, exchange }) {
  const app = new Hono();
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/', (c) => c.html(c.env.PAGE));
  app.get('/login', async (c) => {
    const attempt = newAttempt();
    const { origin } = new URL(c.req.url);
    const url = await authorizationUrl(c.env, `${origin}/callback`, attempt);
    setCookie(c, 'login', await seal(c.env, attempt), { ...ATTRIBUTES, maxAge: 600 });
    return c.redirect(url);
  });
  app.get('/callback', async (c) => {
    const attempt = await open(c.env, getCookie(c, 'login'));
    deleteCookie(c, 'login', ATTRIBUTES);
    if (!attempt || Date.now() - attempt.at > 600_000) return c.json({ error: 'no login' }, 400);
    const { answer, claims } = await exchange(c.env, new URL(c.req.url), attempt);
    const sealed = await seal(c.env, sessionOf(answer, claims, Date.now()));
    setCookie(c, 'session', sealed, { ...ATTRIBUTES, maxAge: 86_400 });
    return c.redirect('/session', 303);
  });
  app.get('/session', async (c) => {
    const session = await open(c.env, getCookie(c, 'session'));
    return session ? c.json(publicOf(session)) : c.json({ error: 'not_signed_in' }, 401);
  });
  return app;
}
