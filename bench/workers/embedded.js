import { Hono } from 'hono';
import { createDrawbridge, drawbridge, requireSession } from '../../src/lib.ts';

/** An app with Drawbridge mounted in it, and one route for users who are signed in. */
const app = new Hono();

app.get('/healthz', (c) => c.json({ status: 'ok' }));
app.route('/auth', createDrawbridge());
app.use('/session', drawbridge(), requireSession());
app.get('/session', (c) => {
  const { provider, sub, claims, grants, created_at, expires_at } = c.var.session;
  return c.json({ provider, sub, claims, grants, created_at, expires_at });
});

export default app;
