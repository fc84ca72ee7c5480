import * as v from 'valibot';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import { Sealer } from '../crypto/seal.ts';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { readAssertionKeys } from './assertion-keys.ts';
import { CONNECTION_SETTING_NAMES, type ConnectionSettings, readConnections } from './connection-settings.ts';
import type { Env, Fault } from './env.ts';
import { inspectFaults } from './inspect-in-public.ts';
import { limiterFaults, limiterOf, type ServerBindings, serverBindings } from './platform-bindings.ts';
import { resolveProviders } from './providers-table.ts';
import { trustFaults } from './trust-table.ts';
import type { Upstream } from './upstream.ts';
import { resolveUpstreams } from './upstreams-table.ts';
import { basePath, faultOf, HINTS, SETTING_NAMES, VarsSchema } from './vars.ts';

/** The settings, read and checked once per isolate. */
export interface Settings {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider;
  readonly sealer: Sealer;
  readonly inspect: boolean;
  /** INSPECT may be enabled at a public address, where it shows tokens to everyone who signs in. */
  readonly inspectInPublic: boolean;
  readonly demo: boolean;
  readonly publicOrigin: string | undefined;
  /** The only origin that serves the pages that an app's script must not reach. */
  readonly controlOrigin: string | undefined;
  /** An app's script shares our origin, so pages that it must not reach are only on the control origin. */
  readonly isSharedWithApp: boolean;
  /** Where requests are forwarded to, the longest path first. */
  readonly upstreams: readonly Upstream[];
  /** The keys for signing assertions to upstreams. None if no upstream needs them. */
  readonly assertionKeys: PrivateKeys;
  readonly brand: Brand | undefined;
  /** The prefix of our own routes, such as `/auth`. Empty if they are at the root. */
  readonly basePath: string;
  readonly returnToOrigins: readonly string[];
  readonly sessionIdleSeconds: number;
  readonly sessionMaxSeconds: number;
  /** An access token that expires within this time is refreshed before it is used. */
  readonly refreshMarginSeconds: number;
  /** Where sessions are stored on the server. Undefined: in cookies. */
  readonly server: ServerBindings | undefined;
  /** Each gives access to `/admin`. Without either, `/admin` does not exist. */
  readonly adminToken: string | undefined;
  readonly access: CloudflareAccess | undefined;
  /** Counts requests per address. `failureLimiter` counts those that fail. */
  readonly limiter: RateLimit | undefined;
  readonly failureLimiter: RateLimit | undefined;
  /** Wrong operator tokens, and invalid logout tokens, per minute and address in each isolate. */
  readonly operatorGuesses: number;
  readonly logoutGuesses: number;
  /** What connections need. Undefined: they are off. */
  readonly connections: ConnectionSettings | undefined;
}

/** The name and logo that end users see instead of this project's. */
export interface Brand {
  readonly name: string;
  /** The path of an asset, or a data URI of an image. */
  readonly logo?: string | undefined;
}

/** Cloudflare Access in front of `/admin`: the issuer of its assertions, and the application they are for. */
export interface CloudflareAccess {
  /** `https://<team>.cloudflareaccess.com` */
  readonly issuer: string;
  /** The address of the team's keys. */
  readonly jwks: string;
  readonly audience: string;
}

/** The settings have faults. All of them are in `faults`. */
export class SettingsError extends DrawbridgeError {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    super('config_invalid', { detail: faults.map(({ setting }) => setting).join(', ') });
    this.faults = faults;
  }
}

/** The names of all settings and bindings except those of providers. */
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

/** Checks that both settings are set, or neither: one of them would let in nobody, or everybody. */
function cloudflareAccess(settings: Env, faults: Fault[]): CloudflareAccess | undefined {
  const { ACCESS_TEAM_DOMAIN: issuer, ACCESS_AUDIENCE: audience } = settings;
  if (typeof issuer === 'string' && typeof audience === 'string')
    return { issuer, jwks: `${issuer}/cdn-cgi/access/certs`, audience };
  if (issuer === undefined && audience === undefined) return undefined;
  const setting = issuer === undefined ? 'ACCESS_TEAM_DOMAIN' : 'ACCESS_AUDIENCE';
  faults.push({ setting, fault: 'is missing', hint: HINTS[setting] as string });
  return undefined;
}

/** The public and the control origin. They must differ: scripts on one must not reach the pages on the other. */
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

/** The valid part of the settings, and everything that is wrong with them. */
export interface SettingsRead {
  /** Undefined if anything is wrong. */
  readonly settings: Settings | undefined;
  /** The providers that can be used, whatever else is wrong. */
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider | undefined;
  /** The ids of providers that the settings name, whatever is wrong with them. */
  readonly attempted: ReadonlySet<string>;
  /** Where our own routes are, even if something else is wrong. */
  readonly basePath: string;
  readonly faults: readonly Fault[];
}

const known = new WeakMap<object, SettingsRead>();

/**
 * Reads and checks the settings, once per `env`: caches for a provider are tied to its object's identity. Never throws and
 * has no side effects. Code that needs valid settings calls `loadSettings`.
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
  const { providers, defaultProvider, attempted, faults: providerFaults } = resolveProviders(env, at);
  const server = serverBindings(env, faults);
  const access = cloudflareAccess(parsed.success ? parsed.output : {}, faults);
  const connections = readConnections(env, faults);
  faults.push(...providerFaults, ...limiterFaults(env), ...inspectFaults(env, env.PUBLIC_ORIGIN));
  const assertionKeys = readAssertionKeys(env, providers, faults);
  const origins = originsOf(parsed.success ? parsed.output : {}, faults);
  const upstreams = resolveUpstreams(
    { env, providers, attempted, basePath: at, ...origins, assertionKeys },
    faults,
  );
  // An upstream with a mistake of its own is not listed.
  if (faults.length === 0) faults.push(...trustFaults(connections?.trust ?? [], upstreams));
  const found = { providers, defaultProvider, attempted, basePath: at, faults };
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
