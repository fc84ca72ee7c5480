import { Hono } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';

/**
 * The floor for a request: a Hono app that knows its user by one signed cookie, and a page that is one text. No
 * provider, no header, nothing encrypted.
 */
const app = new Hono();

app.get('/healthz', (c) => c.json({ status: 'ok' }));

app.get('/', (c) => c.html(c.env.PAGE));

app.post('/sign-in', async (c) => {
  await setSignedCookie(c, 'session', await c.req.text(), c.env.SESSION_SECRET, { httpOnly: true });
  return c.body(null, 204);
});

app.get('/session', async (c) => {
  const session = await getSignedCookie(c, c.env.SESSION_SECRET, 'session');
  if (!session) return c.json({ error: 'not_signed_in' }, 401);
  return c.json(JSON.parse(session));
});

export default app;
