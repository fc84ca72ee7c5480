import {
  createDrawbridge,
  type DrawbridgeEnv,
  drawbridge,
  type Failure,
  requireSession,
  type SessionInfo,
} from 'drawbridge';
import { Hono } from 'hono';

export { Auth, SessionKeeper } from 'drawbridge';

interface Claims {
  readonly name: string;
  readonly groups?: readonly string[];
}

const app = new Hono<DrawbridgeEnv<Claims> & { Bindings: Env }>();
app.route('/auth', createDrawbridge());
app.use(drawbridge<Claims>());

app.get('/', requireSession(), (c) => {
  // Typed: it is there, and its claims are the app's.
  const session: SessionInfo<Claims> = c.var.session;
  const name: string = c.var.session.claims.name;
  return c.json({ sub: session.sub, name });
});

app.get('/maybe', (c) => {
  // @ts-expect-error It may be null where nothing guards the route.
  const sub = c.var.session.sub;
  return c.json(sub);
});

app.get('/token', async (c) => {
  const token = await c.var.accessToken('demo', { scope: 'openid' });
  if (!token.ok) {
    const failure: Failure = token;
    return c.json({ code: failure.code });
  }
  return c.json({ kind: token.token_type, length: token.access_token.length });
});

export default app;
