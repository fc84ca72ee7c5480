import type { Settings } from '../settings/settings.ts';
import type { CookieJar } from './cookies/cookie-jar.ts';
import { CookieStore } from './cookies/cookie-store.ts';
import { KeeperStore } from './durable-object/keeper-store.ts';
import type { SessionStore } from './store.ts';

/** The store of one request: on the server where `TOKENS` and `SESSION_KEEPER` are bound, else in cookies. */
export function sessionStore(settings: Settings, jar: CookieJar): SessionStore {
  return settings.server ? new KeeperStore(settings, settings.server, jar) : new CookieStore(settings, jar);
}
