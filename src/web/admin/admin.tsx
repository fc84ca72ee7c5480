import { Hono } from 'hono/tiny';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';
import { ADMIN_DESK } from '../connections/desk.ts';
import { decideDevice, devicePage } from '../connections/device.tsx';
import { connectionRoutes } from '../connections/routes.ts';
import { href } from '../href.tsx';
import { requireDesk, requireOperator, signInOperator, signOutOperator } from './access.tsx';
import { resealConnections } from './connections.ts';
import { CONNECTIONS_API } from './connections-api.ts';
import { DOCTOR_API, doctorPage, runDoctor } from './doctor.tsx';
import { adminLogins, LOGINS_API } from './logins.tsx';
import { adminSession, refreshGrantNow, revealTokens, revokeSession } from './one-session.tsx';
import { openApi } from './open-api.ts';
import { adminProvider, adminProviders, PROVIDERS_API } from './providers.tsx';
import { adminSessions, resealSessions, revokeUser } from './sessions.tsx';
import { SESSIONS_API } from './sessions-api.ts';
import { adminUpstreams, UPSTREAMS_API } from './upstreams.tsx';

const API = [SESSIONS_API, CONNECTIONS_API, LOGINS_API, PROVIDERS_API, UPSTREAMS_API, DOCTOR_API];

/** The admin pages, and the same as JSON. Without `ADMIN_TOKEN` or Cloudflare Access they don't exist. */
export function adminRoutes(): Hono<AppEnv> {
  const admin = new Hono<AppEnv>();
  admin.use(requireDesk);
  admin.post('/sign-in', signInOperator);
  admin.use(requireOperator);
  admin.post('/sign-out', signOutOperator);
  // Where sessions live in cookies, there is no list of them.
  admin.get('/', (c) =>
    c.redirect(href(c, c.get('sessions').reach ? '/admin/sessions' : '/admin/providers'), 302),
  );
  admin.get('/openapi.json', (c) => c.json(openApi(c.get('origin') + href(c, '/admin'), API)));
  admin.get('/providers', adminProviders);
  admin.get('/upstreams', adminUpstreams);
  admin.get('/doctor', doctorPage);
  admin.post('/doctor', runDoctor);
  admin.get('/providers/:id', adminProvider);
  admin.get('/logins', adminLogins);
  admin.get('/sessions', adminSessions);
  admin.post('/sessions/revoke', revokeUser);
  admin.get('/sessions/:id', adminSession);
  admin.post('/sessions/:id/reveal', revealTokens);
  admin.post('/sessions/:id/refresh', refreshGrantNow);
  admin.post('/sessions/:id/revoke', revokeSession);
  admin.post('/connections/reseal', resealConnections);
  admin.route('/connections', connectionRoutes(ADMIN_DESK));
  admin.get('/device', devicePage(ADMIN_DESK));
  admin.post('/device', decideDevice(ADMIN_DESK));
  admin.post('/reseal', resealSessions);
  admin.all('*', () => {
    throw new DrawbridgeError('not_found', { hint: 'Go back to the admin pages.' });
  });
  return admin;
}
