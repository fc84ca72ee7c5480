import { Hono } from 'hono/tiny';
import type { AppEnv } from './app-env.ts';
import { DrawbridgeError } from './errors.ts';
import { adminRoutes } from './routes/admin/admin.tsx';
import { asset } from './routes/assets.ts';
import { backchannelLogout } from './routes/backchannel-logout.ts';
import { callback } from './routes/callback.ts';
import { employees } from './routes/employees.ts';
import { frontchannelLogout } from './routes/frontchannel-logout.tsx';
import { answerHeaders } from './routes/headers.ts';
import { jwks } from './routes/jwks.ts';
import { limitRate, requireRate } from './routes/limits.ts';
import { initiatedLogin, login } from './routes/login.ts';
import { loginPage } from './routes/login-page.tsx';
import { logout, logoutPage } from './routes/logout.tsx';
import { endOwnSession, ownSessions } from './routes/own-sessions.tsx';
import { callbackOwner } from './routes/redirect-uri.ts';
import { answerError } from './routes/respond.tsx';
import { serverTiming } from './routes/server-timing.ts';
import { refreshSession, session, token } from './routes/session.tsx';
import { setup } from './routes/setup.tsx';

/** The whole app: middleware in order, then every route. */
export function createApp(): Hono<AppEnv> {
  const app = new Hono<AppEnv>();
  app.onError(answerError);
  app.use(answerHeaders);
  app.get('/assets/:name', asset);
  app.use(setup);
  app.use(serverTiming);

  app.use('/login/*', limitRate);
  app.use('/callback/*', limitRate);
  app.use('/frontchannel-logout/*', limitRate);
  app.use('/admin/*', limitRate);

  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/', loginPage);
  app.get('/login/:provider?', login);
  app.post('/login', initiatedLogin);
  app.all('/callback/:provider?', callback);
  app.get('/session', session);
  app.post('/session/refresh', refreshSession);
  app.get('/token', token);
  app.get('/sessions', ownSessions);
  app.post('/sessions/end', endOwnSession);
  app.get('/logout', logoutPage);
  app.post('/logout', logout);
  app.post('/backchannel-logout/:provider', backchannelLogout);
  app.get('/frontchannel-logout/:provider', frontchannelLogout);
  app.get('/jwks', jwks);
  app.get('/employees', (c) => {
    if (!c.get('config').demo) throw new DrawbridgeError('not_found');
    return employees(c);
  });

  app.route('/admin', adminRoutes());

  app.notFound(async (c) => {
    // A `redirect_uri` setting may name any path of ours.
    if (!callbackOwner(c, c.req.path)) throw new DrawbridgeError('not_found');
    await requireRate(c, 'callback');
    return callback(c);
  });
  return app;
}
