import { DurableObject } from 'cloudflare:workers';
import { Hono } from 'hono';
import { proxy } from 'hono/proxy';

/** An object that has always had the token, and answers one call. */
export class Bare extends DurableObject {
  read() {
    return { access_token: this.env.TOKEN, scope: 'openid profile email' };
  }
}

/**
 * The floor for what programs ask: a Hono app that finds an object by the start of a key and calls it once. It checks no
 * key. `POST /token` answers the object's token, `/relay/` passes the request on with it.
 */
const app = new Hono();

const tokenFor = (c, key) => c.env.OBJECTS.getByName(key.slice(0, 30)).read();

app.get('/healthz', (c) => c.json({ status: 'ok' }));

app.post('/token', async (c) => {
  const { subject_token: key } = await c.req.parseBody();
  if (!key) return c.json({ error: 'invalid_request' }, 400);
  return c.json({ ...(await tokenFor(c, key)), token_type: 'Bearer', expires_in: 3600 });
});

app.all('/relay/api/*', async (c) => {
  const key = c.req.header('authorization')?.slice('Bearer '.length);
  if (!key) return c.json({ error: 'invalid_token' }, 401);
  const { access_token } = await tokenFor(c, key);
  return proxy(`${c.env.TARGET}${c.req.path.slice('/relay/api'.length)}`, {
    raw: c.req.raw,
    headers: { ...c.req.header(), authorization: `Bearer ${access_token}` },
  });
});

export default app;
