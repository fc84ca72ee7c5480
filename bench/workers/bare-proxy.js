import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';
import { getSignedCookie, setSignedCookie } from 'hono/cookie';
import { proxy } from 'hono/proxy';

/** An object that answers a call and nothing else. */
export class Bare extends DurableObject {
  read() {
    return { session: { sub: 'bench' } };
  }
}

/**
 * The floor for a forwarded request: a Hono app that knows its user by one signed cookie, adds a token that it has always had,
 * and passes the request on; with `OBJECTS` it calls an object first.
 */
const app = new Hono();

app.get('/healthz', (c) => c.json({ status: 'ok' }));

app.post('/sign-in', async (c) => {
  await setSignedCookie(c, 'session', await c.req.text(), c.env.SESSION_SECRET, { httpOnly: true });
  return c.body(null, 204);
});

app.all('/api/*', async (c) => {
  const session = await getSignedCookie(c, c.env.SESSION_SECRET, 'session');
  if (!session) return c.json({ error: 'not_signed_in' }, 401);
  if (c.env.OBJECTS) await c.env.OBJECTS.getByName(c.env.OBJECT).read();
  return proxy(`${c.env.TARGET}${c.req.path.slice('/api'.length)}`, {
    raw: c.req.raw,
    headers: { ...c.req.header(), cookie: undefined, authorization: `Bearer ${c.env.TOKEN}` },
  });
});

export default app;
