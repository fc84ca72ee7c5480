import { Hono } from 'hono/tiny';
import { getPath } from 'hono/utils/url';
import { DrawbridgeError } from './errors.ts';
import type { Env } from './settings/env.ts';
import { loadSettings } from './settings/load-settings.ts';
import { pathBelow } from './settings/routes.ts';
import { readSettings, type Settings } from './settings/settings.ts';
import { adminRoutes } from './web/admin/admin.tsx';
import type { AppEnv } from './web/app-env.ts';
import { asset, brandLogo } from './web/assets/assets.ts';
import { inOne } from './web/chain.ts';
import { USER_DESK } from './web/connections/desk.ts';
import { decideDevice, devicePage } from './web/connections/device.tsx';
import { connectionRoutes } from './web/connections/routes.ts';
import { employees } from './web/demo/employees.ts';
import { answerError } from './web/errors/respond.tsx';
import { canonicalHost } from './web/middleware/canonical-host.ts';
import { requireControlOrigin } from './web/middleware/control-origin.ts';
import { answerHeaders } from './web/middleware/headers.ts';
import { limitRate } from './web/middleware/limits.ts';
import { setup } from './web/middleware/setup.ts';
import { signInFirst } from './web/middleware/sign-in-first.ts';
import { whenNeeded } from './web/middleware/when-needed.ts';
import { deviceAuthorization } from './web/programs/device-authorization.ts';
import { relay } from './web/programs/relay.ts';
import { revokeKey } from './web/programs/revoke.ts';
import { issueToken } from './web/programs/token.ts';
import { nothingHere } from './web/programs/wrong-method.ts';
import { backchannelLogout } from './web/provider/backchannel-logout.ts';
import { frontchannelLogout } from './web/provider/frontchannel-logout.tsx';
import { jwks } from './web/provider/jwks.ts';
import { hasOtherRedirectUris } from './web/redirect-uri.ts';
import { RememberingRouter } from './web/remembering-router.ts';
import { forwardToUpstreams } from './web/upstreams/forward-browser.ts';
import { callApi } from './web/user/call-api.tsx';
import { callback, redirectUris } from './web/user/callback.ts';
import { loginPage } from './web/user/home.tsx';
import { logoutAtProvider } from './web/user/leave-provider.ts';
import { initiatedLogin, login } from './web/user/login.ts';
import { logout, logoutPage } from './web/user/logout.tsx';
import { replaceAccount } from './web/user/other-account.tsx';
import { endOwnSession, ownSessions } from './web/user/own-sessions.tsx';
import { PageForAll } from './web/user/page-for-all.ts';
import { refreshSession, session, token } from './web/user/session.tsx';

/**
 * The whole app: middleware in order, then every route, as they are below `BASE_PATH`; `settings/routes.ts` has the facts
 * on each. `settingsOf` reads the settings, by default all of them.
 */
export function createApp(settingsOf: (env: Env) => Settings = loadSettings): Hono<AppEnv> {
  let last: { readonly env: object; readonly basePath: string } | undefined;
  const app = new Hono<AppEnv>({
    getPath(request, { env = {} } = {}) {
      if (last?.env !== env) last = { env, basePath: basePathOf(settingsOf, env) };
      return last.basePath === '' ? getPath(request) : pathBelow(last.basePath, getPath(request));
    },
  });
  app.router = new RememberingRouter(app.router, (found) => inOne(found, answerError));
  app.onError(answerError);
  const page = new PageForAll();
  app.get('/', page.remember);
  app.use(answerHeaders);
  app.get('/assets/:name', asset);
  app.use(
    setup(
      settingsOf,
      whenNeeded(
        [({ publicOrigin }) => publicOrigin !== undefined, canonicalHost],
        [({ upstreams }) => upstreams.length > 0, forwardToUpstreams],
        [({ isSharedWithApp }) => isSharedWithApp, requireControlOrigin],
        [({ limiter, failureLimiter }) => (limiter ?? failureLimiter) !== undefined, limitRate],
        [hasOtherRedirectUris, redirectUris],
      ),
    ),
  );

  app.get('/assets/brand', brandLogo);
  app.get('/healthz', (c) => c.json({ status: 'ok' }));
  app.get('/', loginPage);
  app.get('/login/:provider?', login);
  app.post('/login', initiatedLogin);
  app.all('/callback/:provider?', callback);
  app.get('/session', session);
  app.post('/session/refresh', refreshSession);
  app.post('/session/call', callApi);
  app.post('/session/replace', replaceAccount);
  app.get('/token', token);
  app.post('/token', issueToken);
  app.post('/device_authorization', deviceAuthorization);
  app.post('/revoke', revokeKey);
  app.all('/relay/:upstream/*', relay);
  app.all('/relay/:upstream', relay);
  app.use('/connections/*', signInFirst);
  app.route('/connections', connectionRoutes(USER_DESK));
  app.get('/device', signInFirst, devicePage(USER_DESK));
  app.post('/device', decideDevice(USER_DESK));
  app.get('/sessions', ownSessions);
  app.post('/sessions/end', endOwnSession);
  app.get('/logout', logoutPage);
  app.post('/logout', logout);
  app.get('/logout/provider', logoutAtProvider);
  app.post('/backchannel-logout/:provider', backchannelLogout);
  app.get('/frontchannel-logout/:provider', frontchannelLogout);
  app.get('/jwks', jwks);
  app.get('/employees', (c) => {
    if (!c.get('settings').demo) throw new DrawbridgeError('not_found');
    return employees(c);
  });

  app.route('/admin', adminRoutes());

  app.notFound((c) => {
    throw nothingHere(c);
  });
  const { fetch } = app;
  app.fetch = (request, env, ctx) => page.answer(request, Object(env)) ?? fetch(request, env, ctx);
  return app;
}

/** Known even if the settings are wrong: the page that says so has a stylesheet too. */
function basePathOf(settingsOf: (env: Env) => Settings, env: Env): string {
  try {
    return settingsOf(env).basePath;
  } catch {
    return readSettings(env).basePath;
  }
}
