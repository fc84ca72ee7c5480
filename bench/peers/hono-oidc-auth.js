import { getAuth, oidcAuthMiddleware, processOAuthCallback } from '@hono/oidc-auth';
import { Hono } from 'hono';

/**
 * An app with @hono/oidc-auth as its documentation has it. It reads the provider's metadata for every login and every
 * callback, keeps no access token, and checks no signature of an ID token.
 */
const app = new Hono();

app.get('/healthz', (c) => c.json({ status: 'ok' }));
app.get('/', (c) => c.html(c.env.PAGE));
app.get('/callback', (c) => processOAuthCallback(c));
app.use('/session', oidcAuthMiddleware());
app.get('/session', async (c) => {
  const { sub, email } = await getAuth(c);
  return c.json({ sub, claims: { email } });
});

export default app;
