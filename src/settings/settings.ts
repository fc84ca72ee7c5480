import * as v from 'valibot';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import { Sealer } from '../crypto/seal.ts';
import { DrawbridgeError } from '../errors.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { Provider } from '../providers/provider.ts';
import { readAssertionKeys } from './assertion-keys.ts';
import { CONNECTION_SETTING_NAMES, type ConnectionSettings, readConnections } from './connection-settings.ts';
import { imageOf } from './data-uri.ts';
import type { Env, Fault } from './env.ts';
import { inspectFaults } from './inspect-in-public.ts';
import type { SessionObjects } from './object-namespaces.ts';
import { resolveProviders } from './providers-table.ts';
import { resolveUpstreams, type Upstream } from './upstreams-table.ts';

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

const SECRET_LENGTH = 32;
const SAMPLE =
  /change.?me|example|sample|placeholder|replace|your.?(?:own|session)?.?secret|0123456789|abcdefgh/i;
const MAKE_SECRET = 'Make one with `openssl rand -base64 32`';

function isHardToGuess(value: string): boolean {
  return new Set(value).size >= 10 && !SAMPLE.test(value);
}

const flag = v.optional(
  v.union(
    [
      v.boolean(),
      v.pipe(
        v.picklist(['true', 'false', '']),
        v.transform((value) => value === 'true'),
      ),
    ],
    'is neither true nor false',
  ),
  false,
);
const seconds = (fallback: number, least = 60) =>
  v.optional(
    v.pipe(
      v.union(
        [v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))],
        'is not a number of seconds',
      ),
      v.integer('is not a whole number of seconds'),
      v.minValue(least, `is less than ${least} seconds`),
      v.maxValue(34_560_000, 'is more than 400 days, the longest that a browser keeps a cookie'),
    ),
    fallback,
  );
const count = (fallback: number) =>
  v.optional(
    v.pipe(
      v.union([v.number(), v.pipe(v.string(), v.regex(/^\d+$/), v.transform(Number))], 'is not a number'),
      v.integer('is not a whole number'),
      v.minValue(1, 'is less than 1'),
      v.maxValue(10_000, 'is more than 10,000'),
    ),
    fallback,
  );
const origin = v.pipe(
  v.string(),
  v.transform((value) => value.trim().replace(/\/$/, '')),
  v.check(
    (value) => isAllowedUrl(value) && URL.parse(value)?.origin === value && !value.includes('*'),
    'is not an origin such as https://app.example',
  ),
);
const basePath = v.optional(
  v.pipe(
    v.string('is not text'),
    v.trim(),
    v.transform((value) => value.replace(/\/$/, '')),
    v.regex(/^(?:\/(?!\.)[\w.~-]+)*$/, 'is not a path such as /auth'),
  ),
  '',
);
const list = v.pipe(
  v.union([v.array(v.string()), v.string()]),
  v.transform((value) => (typeof value === 'string' ? value.split(/[\s,]+/) : value).filter(Boolean)),
);
const secrets = v.pipe(
  v.string('is missing'),
  v.transform((value) => value.split(',').map((secret) => secret.trim())),
  v.array(
    v.pipe(
      v.string(),
      v.minLength(SECRET_LENGTH, `has an entry with fewer than ${SECRET_LENGTH} characters`),
      v.check(isHardToGuess, 'has an entry that can be guessed'),
    ),
  ),
);

const secret = v.pipe(
  v.string(),
  v.trim(),
  v.minLength(SECRET_LENGTH, `has fewer than ${SECRET_LENGTH} characters`),
  v.check(isHardToGuess, 'can be guessed'),
);

const brand = v.strictObject({
  name: v.pipe(v.string('has no `name`'), v.trim(), v.nonEmpty('has no `name`'), v.maxLength(80)),
  logo: v.optional(
    v.pipe(
      v.string(),
      v.check(
        (logo) => /^\/(?![/\\])[^\s"'\\]*$/.test(logo) || imageOf(logo) !== undefined,
        'has a `logo` that is neither a path nor a data URI of an image',
      ),
    ),
  ),
});

/** A table, or the same as JSON text. */
function jsonOr<Schema extends v.GenericSchema>(schema: Schema) {
  return v.union([schema, v.pipe(v.string(), v.parseJson(), schema)], 'is not a table with a `name`');
}

const SettingsSchema = v.object({
  SESSION_SECRET: secrets,
  INSPECT: flag,
  DANGEROUSLY_INSPECT_IN_PUBLIC: flag,
  DEMO: flag,
  PUBLIC_ORIGIN: v.optional(origin),
  CONTROL_ORIGIN: v.optional(origin),
  BRAND: v.optional(jsonOr(brand)),
  BASE_PATH: basePath,
  RETURN_TO_ORIGINS: v.optional(v.pipe(list, v.array(origin)), []),
  SESSION_IDLE_SECONDS: seconds(86_400),
  SESSION_MAX_SECONDS: seconds(2_592_000),
  REFRESH_MARGIN_SECONDS: seconds(60, 0),
  OPERATOR_GUESSES: count(10),
  LOGOUT_GUESSES: count(30),
  ADMIN_TOKEN: v.optional(secret),
  ACCESS_TEAM_DOMAIN: v.optional(origin),
  ACCESS_AUDIENCE: v.optional(
    v.pipe(v.string(), v.trim(), v.regex(/^[\w-]{16,}$/, 'is not an audience tag')),
  ),
});

/** The vars and secrets that are checked here; bindings and providers have names beside these. */
export const SETTING_NAMES: readonly string[] = Object.keys(SettingsSchema.entries);

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

/** Checks that both bindings are there, or neither. */
function serverBindings({ TOKENS, SESSION_KEEPER }: Env, faults: Fault[]): ServerBindings | undefined {
  if (TOKENS === undefined && SESSION_KEEPER === undefined) return undefined;
  const bindings = [
    ['TOKENS', TOKENS, 'put', 'KV namespace'],
    ['SESSION_KEEPER', SESSION_KEEPER, 'getByName', 'Durable Object namespace'],
  ] as const;
  const before = faults.length;
  for (const [setting, binding, method, kind] of bindings) {
    if (isBinding(binding, method)) continue;
    const fault = binding === undefined ? `is missing: a ${kind}` : `is not a ${kind}`;
    faults.push({
      setting,
      fault,
      hint: 'Bind both `TOKENS` and `SESSION_KEEPER` as in `wrangler.toml`, or neither.',
    });
  }
  if (faults.length > before) return undefined;
  return { tokens: TOKENS as KVNamespace, keepers: SESSION_KEEPER as SessionObjects };
}

/** True if a binding of the platform has that method. */
export function isBinding(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}

function limiterOf(binding: unknown): RateLimit | undefined {
  return isBinding(binding, 'limit') ? (binding as RateLimit) : undefined;
}

const HINTS: Readonly<Record<string, string>> = {
  SESSION_SECRET: `${MAKE_SECRET}, then \`npx wrangler secret put SESSION_SECRET\` (in \`.dev.vars\` locally).`,
  ADMIN_TOKEN: `${MAKE_SECRET}, then \`npx wrangler secret put ADMIN_TOKEN\`, or leave it out.`,
  ACCESS_TEAM_DOMAIN:
    'Give `https://<team>.cloudflareaccess.com`, and `ACCESS_AUDIENCE` with it; or neither.',
  ACCESS_AUDIENCE:
    'Give the audience tag of the Access application, and `ACCESS_TEAM_DOMAIN` with it; or neither.',
  PUBLIC_ORIGIN: 'Give scheme and host only, without a path.',
  CONTROL_ORIGIN: 'Give scheme and host of another host name of this Worker, without a path.',
  BRAND: 'Give `name`, and `logo` if you like: the path of an asset or a data URI.',
  BASE_PATH:
    'Give segments of letters, digits, `-`, `_`, `.` and `~` after one slash each; `/auth` is usual.',
  RETURN_TO_ORIGINS: 'Give a list of exact origins, without paths or wildcards.',
};

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

function faultOf(issue: v.BaseIssue<unknown>): Fault {
  const setting = String(issue.path?.[0]?.key ?? 'settings');
  const missing = issue.received === 'undefined';
  return {
    setting,
    fault: missing ? 'is missing' : issue.message,
    hint: HINTS[setting] ?? 'See docs/settings.md.',
  };
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
  const parsed = v.safeParse(SettingsSchema, env, { abortPipeEarly: true });
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
