import * as v from 'valibot';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import { Sealer } from '../crypto/seal.ts';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { readAssertionKeys } from './assertion-keys.ts';
import { CONNECTION_SETTING_NAMES, type ConnectionSettings, readConnections } from './connection-settings.ts';
import type { Env, Fault } from './env.ts';
import { inspectFaults } from './inspect-in-public.ts';
import type { SessionObjects } from './object-namespaces.ts';
import { limiterOf, serverBindings } from './platform-bindings.ts';
import { resolveProviders } from './providers-table.ts';
import { resolveUpstreams, type Upstream } from './upstreams-table.ts';
import { basePath, faultOf, HINTS, SETTING_NAMES, VarsSchema } from './vars.ts';

/** The settings, read and checked once per isolate. */
export interface Settings {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider;
  readonly sealer: Sealer;
  readonly inspect: boolean;
  /** INSPECT may be on where everybody can come: it shows tokens to whoever signs in. */
  readonly inspectInPublic: boolean;
  readonly demo: boolean;
  readonly publicOrigin: string | undefined;
  /** The only origin of the pages that an app's script must not reach. */
  readonly controlOrigin: string | undefined;
  /** An app's script shares our origin: pages that it must not reach are on the control origin alone. */
  readonly isSharedWithApp: boolean;
  /** Where requests are forwarded to, the longest path first. */
  readonly upstreams: readonly Upstream[];
  /** The keys that assertions to upstreams are signed with; none if no upstream wants one. */
  readonly assertionKeys: PrivateKeys;
  readonly brand: Brand | undefined;
  /** What the paths of our own routes begin with: `/auth`; empty if they are at the root. */
  readonly basePath: string;
  readonly returnToOrigins: readonly string[];
  readonly sessionIdleSeconds: number;
  readonly sessionMaxSeconds: number;
  /** An access token that ends within this time is refreshed before it is handed out. */
  readonly refreshMarginSeconds: number;
  /** Where sessions live on the server; undefined: in cookies. */
  readonly server: ServerBindings | undefined;
  /** Each opens `/admin`; without either there is no such place. */
  readonly adminToken: string | undefined;
  readonly access: CloudflareAccess | undefined;
  /** Counts requests per address; `failureLimiter` those that fail. */
  readonly limiter: RateLimit | undefined;
  readonly failureLimiter: RateLimit | undefined;
  /** Wrong operator tokens, and invalid logout tokens, per minute and address in each isolate. */
  readonly operatorGuesses: number;
  readonly logoutGuesses: number;
  /** What connections need; undefined: they are off. */
  readonly connections: ConnectionSettings | undefined;
}

/** What end users see in place of this project's name and sign. */
export interface Brand {
  readonly name: string;
  /** A path of an asset, or a data URI of an image. */
  readonly logo?: string | undefined;
}

/** Cloudflare Access in front of `/admin`: who signs its assertions, and for which application. */
export interface CloudflareAccess {
  /** `https://<team>.cloudflareaccess.com` */
  readonly teamDomain: string;
  readonly audience: string;
}

/** The bindings that sessions on the server need. */
export interface ServerBindings {
  readonly tokens: KVNamespace;
  readonly keepers: SessionObjects;
}

/** The settings have faults; all of them are in `faults`. */
export class SettingsError extends DrawbridgeError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super('config_invalid', { detail: faults.map(({ setting }) => setting).join(', ') });
    this.faults = faults;
  }
}

/** Every name of a setting or binding but those of providers. */
export const ALL_SETTING_NAMES: readonly string[] = [
  ...SETTING_NAMES,
  ...CONNECTION_SETTING_NAMES,
  'PROVIDERS',
  'UPSTREAMS',
  'DEFAULT_PROVIDER',
  'DEMO_ISSUER',
  'ASSERTION_PRIVATE_KEY',
  'TOKENS',
  'SESSION_KEEPER',
  'CONNECTION_KEEPER',
  'LIMITER',
  'FAILURE_LIMITER',
  'METRICS',
];

/** Checks that both settings are there, or neither: one alone would open nothing, or everything. */
function cloudflareAccess(settings: Env, faults: Fault[]): CloudflareAccess | undefined {
  const { ACCESS_TEAM_DOMAIN: teamDomain, ACCESS_AUDIENCE: audience } = settings;
  if (typeof teamDomain === 'string' && typeof audience === 'string') return { teamDomain, audience };
  if (teamDomain === undefined && audience === undefined) return undefined;
  const setting = teamDomain === undefined ? 'ACCESS_TEAM_DOMAIN' : 'ACCESS_AUDIENCE';
  faults.push({ setting, fault: 'is missing', hint: HINTS[setting] as string });
  return undefined;
}

/** The public and the control origin. They must differ: what one serves, the other's scripts must not reach. */
function originsOf(
  { PUBLIC_ORIGIN: publicOrigin, CONTROL_ORIGIN: controlOrigin }: SomeOrigins,
  faults: Fault[],
): Pick<Settings, 'publicOrigin' | 'controlOrigin'> {
  if (controlOrigin !== undefined && controlOrigin === publicOrigin) {
    faults.push({
      setting: 'CONTROL_ORIGIN',
      fault: 'is `PUBLIC_ORIGIN`',
      hint: HINTS.CONTROL_ORIGIN as string,
    });
  }
  return { publicOrigin, controlOrigin };
}

interface SomeOrigins {
  readonly PUBLIC_ORIGIN?: string | undefined;
  readonly CONTROL_ORIGIN?: string | undefined;
}

/** What the settings say, as far as they are right, and everything that is wrong with them. */
export interface SettingsRead {
  /** Undefined if anything is wrong. */
  readonly settings: Settings | undefined;
  /** Those that are set up well enough to be asked, whatever else is wrong. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider | undefined;
  /** Where our own routes are, also if something else is wrong. */
  readonly basePath: string;
  readonly faults: readonly Fault[];
}

const known = new WeakMap<object, SettingsRead>();

/**
 * Reads and checks the settings, once for each `env`: what is cached for a provider hangs on the very object. Throws
 * nothing and changes nothing; `loadSettings` is for those who need them to be right.
 */
export function readSettings(env: Env): SettingsRead {
  let found = known.get(env);
  if (!found) {
    found = read(env);
    known.set(env, found);
  }
  return found;
}

function read(env: Env): SettingsRead {
  const parsed = v.safeParse(VarsSchema, env, { abortPipeEarly: true });
  const faults = parsed.success ? [] : parsed.issues.map(faultOf);
  const base = v.safeParse(basePath, env.BASE_PATH);
  const at = base.success ? base.output : '';
  const { providers, defaultProvider, faults: providerFaults } = resolveProviders(env, at);
  const server = serverBindings(env, faults);
  const access = cloudflareAccess(parsed.success ? parsed.output : {}, faults);
  const connections = readConnections(env, faults);
  faults.push(...providerFaults, ...inspectFaults(env, env.PUBLIC_ORIGIN));
  const assertionKeys = readAssertionKeys(env, providers, faults);
  const origins = originsOf(parsed.success ? parsed.output : {}, faults);
  const upstreams = resolveUpstreams({ env, providers, basePath: at, ...origins, assertionKeys }, faults);
  const found = { providers, defaultProvider, basePath: at, faults };
  if (!parsed.success || !defaultProvider || faults.length > 0) return { ...found, settings: undefined };
  const { output } = parsed;
  const settings: Settings = Object.freeze({
    providers,
    defaultProvider,
    sealer: new Sealer(output.SESSION_SECRET),
    inspect: output.INSPECT,
    inspectInPublic: output.DANGEROUSLY_INSPECT_IN_PUBLIC,
    demo: output.DEMO,
    ...origins,
    basePath: output.BASE_PATH,
    upstreams,
    isSharedWithApp: upstreams.some(({ kind }) => kind === 'app'),
    assertionKeys,
    brand: output.BRAND,
    returnToOrigins: output.RETURN_TO_ORIGINS,
    sessionIdleSeconds: output.SESSION_IDLE_SECONDS,
    sessionMaxSeconds: output.SESSION_MAX_SECONDS,
    refreshMarginSeconds: output.REFRESH_MARGIN_SECONDS,
    server,
    adminToken: output.ADMIN_TOKEN,
    access,
    limiter: limiterOf(env.LIMITER),
    failureLimiter: limiterOf(env.FAILURE_LIMITER),
    operatorGuesses: output.OPERATOR_GUESSES,
    logoutGuesses: output.LOGOUT_GUESSES,
    connections,
  });
  return { ...found, settings };
}
