import { ADMIN } from './admin.ts';
import { CALLBACK } from './callback.ts';
import type { Row } from './case.ts';
import { CONFIGURATION } from './configuration.ts';
import { DISCOVERY } from './discovery.ts';
import { ID_TOKEN } from './id-token.ts';
import { LOGOUT } from './logout.ts';
import { MIX_UP } from './mix-up.ts';
import { PROGRAMS } from './programs/programs.ts';
import { REFRESH } from './refresh.ts';
import { RETURN_TO } from './return-to.ts';
import { ROUTES } from './routes.ts';
import { STATE } from './state.ts';
import { STORAGE } from './storage.ts';
import { TOKEN_RESPONSE } from './token-response.ts';

/** Every case, by its class. */
export const TABLE: Readonly<Record<string, readonly Row[]>> = {
  'State, cookie, session': STATE,
  'Return-to': RETURN_TO,
  'Mix-up, PKCE': MIX_UP,
  Callback: CALLBACK,
  'Token response': TOKEN_RESPONSE,
  'ID token, keys': ID_TOKEN,
  Discovery: DISCOVERY,
  Refresh: REFRESH,
  Storage: STORAGE,
  Logout: LOGOUT,
  'Admin, limits': ADMIN,
  'Routes, hosts, queries': ROUTES,
  Settings: CONFIGURATION,
  Programs: PROGRAMS,
};
