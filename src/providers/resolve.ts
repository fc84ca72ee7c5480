import type { AuthorizationServer } from 'oauth4webapi';
import * as v from 'valibot';
import type { Env, Fault } from '../config.ts';
import { isAllowedUrl } from './allowed-url.ts';
import type { Preset } from './preset.ts';
import { PRESETS } from './presets.ts';
import { callbackPath, type Provider } from './provider.ts';
import { PROVIDER_KEYS, ProviderSettings } from './settings.ts';

const ID = /^[a-z0-9-]+$/;
const ENDPOINTS = [
  'authorization_endpoint',
  'token_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'introspection_endpoint',
  'end_session_endpoint',
  'jwks_uri',
  'pushed_authorization_request_endpoint',
] as const;
const DEMO_ID = 'demo';

interface Resolved {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider | undefined;
  readonly faults: Fault[];
}

/** The name that the settings of a provider begin with: `my-idp` -> `MY_IDP`. */
export function settingPrefix(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/**
 * The providers that the settings turn on, in their order: entries of `PROVIDERS`, then presets by their
 * `<ID>_CLIENT_ID`, the demo provider last. Every fault is collected, none is thrown.
 */
export function resolveProviders(env: Env): Resolved {
  const faults: Fault[] = [];
  const table = readTable(env.PROVIDERS, faults);
  const byClientId = Object.keys(PRESETS).filter(
    (id) => !(id in table) && env[`${settingPrefix(id)}_CLIENT_ID`] !== undefined,
  );
  const providers = new Map<string, Provider>();
  for (const id of [...Object.keys(table), ...byClientId]) {
    const provider = resolveProvider(id, table[id] ?? {}, env, faults);
    if (provider) providers.set(id, provider);
  }
  if (isOn(env.DEMO) && !providers.has(DEMO_ID)) {
    const demo = resolveProvider(DEMO_ID, demoSettings(env), env, faults);
    if (demo) providers.set(DEMO_ID, demo);
  }
  const attempted = Object.keys(table).length + byClientId.length > 0 || isOn(env.DEMO);
  if (!attempted && faults.length === 0) {
    faults.push({
      setting: 'PROVIDERS',
      fault: 'names no provider',
      hint: 'Add one to `wrangler.toml`, or set `GOOGLE_CLIENT_ID` (or that of another preset) and its secret.',
    });
  }
  const defaultProvider = pickDefault(env, Object.keys(table), byClientId, providers, faults);
  checkRedirectUris(providers, defaultProvider?.id, faults);
  return { providers, defaultProvider, faults };
}

function isOn(value: unknown): boolean {
  return value === true || value === 'true';
}

function readTable(value: unknown, faults: Fault[]): Record<string, unknown> {
  if (value === undefined || value === '') return {};
  let table: unknown = value;
  if (typeof value === 'string') {
    try {
      table = JSON.parse(value);
    } catch {
      table = undefined;
    }
  }
  if (typeof table === 'object' && table !== null && !Array.isArray(table)) {
    return table as Record<string, unknown>;
  }
  faults.push({
    setting: 'PROVIDERS',
    fault: 'is neither a table nor a JSON object',
    hint: 'Write one table per provider: `[vars.PROVIDERS.<id>]`.',
  });
  return {};
}

/** The demo provider that `npm run dev` starts. */
function demoSettings(env: Env): Record<string, unknown> {
  return {
    display_name: 'Demo provider',
    issuer: env.DEMO_ISSUER ?? 'http://localhost:9000',
    client_id: 'drawbridge-demo',
    scope: 'openid profile email offline_access',
  };
}

function resolveProvider(id: string, entry: unknown, env: Env, faults: Fault[]): Provider | undefined {
  const before = faults.length;
  const at = `PROVIDERS.${id}`;
  const report = (setting: string, fault: string, hint: string) => faults.push({ setting, fault, hint });
  if (!ID.test(id)) {
    report(
      at,
      'has an id with other characters than a-z, 0-9 and -',
      'Rename it: the id is part of its URLs.',
    );
  }
  const presetId = (entry as { preset?: unknown } | null)?.preset ?? id;
  const preset: Preset | undefined = typeof presetId === 'string' ? presetOf(presetId) : undefined;
  if ((entry as { preset?: unknown } | null)?.preset !== undefined && !preset) {
    report(
      `${at}.preset`,
      'names no preset',
      'See the list of presets in the docs, or give `issuer` or endpoints.',
    );
  }
  const variables = Object.keys(preset?.variables ?? {});
  const { values, rest } = takeVariables(entry, variables);
  for (const name of variables) {
    values[name] ||= env[`${settingPrefix(id)}_${settingPrefix(name)}`];
    if (typeof values[name] !== 'string' || values[name] === '') {
      report(`${at}.${name}`, 'is missing', `Give ${preset?.variables?.[name]}.`);
    }
  }
  const parsed = v.safeParse(ProviderSettings, rest);
  if (!parsed.success) {
    for (const issue of parsed.issues) faults.push(settingsFault(at, issue));
  }
  if (!parsed.success || faults.length > before) return undefined;
  const filled: Filled = { ...fillIn(preset ?? {}, values as Record<string, string>), ...parsed.output };
  return buildProvider(id, preset ? String(presetId) : undefined, filled, env, faults);
}

function presetOf(id: string): Preset | undefined {
  return Object.hasOwn(PRESETS, id) ? (PRESETS as Readonly<Record<string, Preset>>)[id] : undefined;
}

function takeVariables(entry: unknown, names: readonly string[]) {
  const values: Record<string, unknown> = {};
  if (typeof entry !== 'object' || entry === null) return { values, rest: entry };
  const rest: Record<string, unknown> = { ...entry };
  for (const name of names) {
    values[name] = rest[name];
    delete rest[name];
  }
  return { values, rest };
}

function settingsFault(at: string, issue: v.BaseIssue<unknown>): Fault {
  const path = issue.path?.map(({ key }) => String(key)).join('.');
  if (issue.type === 'strict_object' && issue.expected === 'never') {
    return {
      setting: `${at}.${path}`,
      fault: 'is not a setting',
      hint: `A provider may have: ${PROVIDER_KEYS.join(', ')}.`,
    };
  }
  const own = issue.message.startsWith('is ') ? issue.message : `is not ${issue.expected ?? 'valid'}`;
  return { setting: path ? `${at}.${path}` : at, fault: own, hint: 'See “A provider” in the README.' };
}

/** Fills `{variable}` in every text of a preset. */
function fillIn(preset: Partial<Preset>, values: Readonly<Record<string, string>>): Partial<Preset> {
  if (Object.keys(values).length === 0) return preset;
  const json = JSON.stringify(preset).replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    name in values ? JSON.stringify(values[name]).slice(1, -1) : whole,
  );
  return JSON.parse(json) as Partial<Preset>;
}

type Filled = Omit<Partial<Preset>, keyof ProviderSettings> & ProviderSettings;

function buildProvider(
  id: string,
  presetId: string | undefined,
  settings: Filled,
  env: Env,
  faults: Fault[],
): Provider | undefined {
  const prefix = settingPrefix(id);
  const at = `PROVIDERS.${id}`;
  const before = faults.length;
  const report = (setting: string, fault: string, hint: string) => faults.push({ setting, fault, hint });

  const metadata: { -readonly [Name in keyof AuthorizationServer]?: AuthorizationServer[Name] } = {};
  for (const name of ENDPOINTS) {
    const endpoint = (settings as Readonly<Record<string, string | undefined>>)[name];
    if (endpoint === undefined) continue;
    if (!isAllowedUrl(endpoint))
      report(`${at}.${name}`, 'is not an https URL', 'Plain http is for loopback hosts.');
    (metadata as Record<string, unknown>)[name] = endpoint;
  }
  if (settings.authorization_response_iss_parameter_supported !== undefined) {
    metadata.authorization_response_iss_parameter_supported =
      settings.authorization_response_iss_parameter_supported;
  }
  const complete = metadata.authorization_endpoint !== undefined && metadata.token_endpoint !== undefined;
  if (!settings.issuer && !complete) {
    report(
      `${at}.issuer`,
      'is missing',
      'Give `issuer`, or both `authorization_endpoint` and `token_endpoint`.',
    );
  }

  const clientId = textOf(settings.client_id) ?? textOf(env[`${prefix}_CLIENT_ID`]);
  if (!clientId) {
    report(`${prefix}_CLIENT_ID`, 'is missing', `Set it, or \`client_id\` in \`[vars.PROVIDERS.${id}]\`.`);
  }
  const clientSecret = textOf(env[`${prefix}_CLIENT_SECRET`]);
  const method = settings.token_endpoint_auth_method ?? 'client_secret_basic';
  if (method.startsWith('client_secret') && !clientSecret && !settings.signed_client_secret) {
    report(
      `${prefix}_CLIENT_SECRET`,
      'is missing',
      `Run \`npx wrangler secret put ${prefix}_CLIENT_SECRET\` (\`.dev.vars\` locally); for a public client set \`token_endpoint_auth_method = "none"\`.`,
    );
  }
  if (faults.length > before) return undefined;

  const scope = settings.scope ?? (settings.issuer && !presetId ? 'openid' : '');
  const openid = scope.split(' ').includes('openid');
  return Object.freeze({
    ...settings,
    id,
    preset: presetId,
    display_name: settings.display_name ?? id,
    issuer: settings.issuer,
    discover: settings.issuer !== undefined && !(complete && (metadata.jwks_uri !== undefined || !openid)),
    metadata: Object.freeze(metadata),
    client: Object.freeze({
      client_id: clientId as string,
      ...(settings.id_token_signed_response_alg && {
        id_token_signed_response_alg: settings.id_token_signed_response_alg,
      }),
    }),
    token_endpoint_auth_method: method,
    client_secret: clientSecret,
    scope,
    scope_separator: settings.scope_separator ?? ' ',
    redirect_uri: settings.redirect_uri,
    response_mode: settings.response_mode,
    max_age: settings.max_age,
    resource: settings.resource ?? [],
    pkce: settings.pkce ?? true,
    keep_fresh: settings.keep_fresh ?? false,
    console_url: settings.console_url,
    registration: settings.registration,
  } satisfies Provider);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

function pickDefault(
  env: Env,
  inTable: readonly string[],
  byClientId: readonly string[],
  providers: ReadonlyMap<string, Provider>,
  faults: Fault[],
): Provider | undefined {
  const named = textOf(env.DEFAULT_PROVIDER);
  if (named !== undefined) {
    if (!providers.has(named) && !inTable.includes(named) && !byClientId.includes(named)) {
      faults.push({
        setting: 'DEFAULT_PROVIDER',
        fault: 'names no provider that is on',
        hint: `Give one of: ${[...providers.keys()].join(', ') || 'none is on yet'}.`,
      });
    }
    return providers.get(named);
  }
  if (inTable[0] !== undefined) return providers.get(inTable[0]);
  if (byClientId.length > 1) {
    faults.push({
      setting: 'DEFAULT_PROVIDER',
      fault: 'is missing',
      hint: `Several providers are on by their client id alone; name the one that owns /callback: ${byClientId.join(', ')}.`,
    });
    return undefined;
  }
  return providers.get(byClientId[0] ?? DEMO_ID);
}

/** Two providers on one redirect URI would open the mix-up attack (RFC 9700 §4.4). */
function checkRedirectUris(
  providers: ReadonlyMap<string, Provider>,
  defaultId: string | undefined,
  faults: Fault[],
): void {
  const owners = new Map<string, string>();
  for (const { id, redirect_uri } of providers.values()) {
    const path = redirect_uri ? new URL(redirect_uri).pathname : callbackPath(id, defaultId);
    const owner = owners.get(path);
    if (owner !== undefined) {
      faults.push({
        setting: `PROVIDERS.${id}.redirect_uri`,
        fault: `has the path of ${owner}’s`,
        hint: 'Each provider needs a redirect URI of its own.',
      });
    }
    owners.set(path, id);
  }
}
