import { PRESETS } from '../providers/presets.ts';
import { type Provider, redirectPath } from '../providers/provider.ts';
import type { Env, Fault } from './env.ts';
import { resolveEntry } from './provider-entry.ts';
import { ownRoute, pathBelow } from './routes.ts';
import { isOn, readText, settingPrefix } from './setting-names.ts';
import { readTable } from './table.ts';

/** The id of the demo provider, and of the upstream to its API. */
export const DEMO_ID = 'demo';

interface Resolved {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly defaultProvider: Provider | undefined;
  /** The ids that the settings name, whatever is wrong with them. */
  readonly attempted: ReadonlySet<string>;
  readonly faults: Fault[];
}

/**
 * The enabled providers, in order: entries of `PROVIDERS`, then presets by their `<ID>_CLIENT_ID`, the demo provider
 * last. Faults are collected, not thrown.
 */
export function resolveProviders(env: Env, basePath = ''): Resolved {
  const faults: Fault[] = [];
  const table = readTable(
    'PROVIDERS',
    env.PROVIDERS,
    'Write one table per provider: `[vars.PROVIDERS.<id>]`.',
    faults,
  );
  const byClientId = Object.keys(PRESETS).filter(
    (id) => !(id in table) && env[`${settingPrefix(id)}_CLIENT_ID`] !== undefined,
  );
  const providers = new Map<string, Provider>();
  for (const id of [...Object.keys(table), ...byClientId]) {
    const provider = resolveEntry(id, table[id] ?? {}, env, faults);
    if (provider) providers.set(id, provider);
  }
  if (isOn(env.DEMO) && !providers.has(DEMO_ID)) {
    const demo = resolveEntry(DEMO_ID, demoSettings(env), env, faults);
    if (demo) providers.set(DEMO_ID, demo);
  }
  const attempted = new Set([...Object.keys(table), ...byClientId, ...(isOn(env.DEMO) ? [DEMO_ID] : [])]);
  if (attempted.size === 0 && faults.length === 0) {
    faults.push({
      setting: 'PROVIDERS',
      fault: 'names no provider',
      hint: 'Add one to `wrangler.toml`, or set `GOOGLE_CLIENT_ID` (or the client id of another preset) and its secret.',
    });
  }
  const defaultProvider = pickDefault(env, Object.keys(table), byClientId, providers, faults);
  checkRedirectUris(providers, { basePath, defaultProviderId: defaultProvider?.id }, faults);
  return { providers, defaultProvider, attempted, faults };
}

/** The demo provider that `npm run dev` starts. */
function demoSettings(env: Env): Record<string, unknown> {
  return {
    display_name: 'Demo provider',
    issuer: env.DEMO_ISSUER ?? 'http://localhost:9000',
    client_id: 'drawbridge-demo',
    scope: 'openid profile email offline_access',
    narrower_scope: true,
    // In one browser, oidc-provider keeps one grant per client, and a revocation ends all of it.
    revocation: 'grant',
  };
}

function pickDefault(
  env: Env,
  inTable: readonly string[],
  byClientId: readonly string[],
  providers: ReadonlyMap<string, Provider>,
  faults: Fault[],
): Provider | undefined {
  const named = readText(env, 'DEFAULT_PROVIDER', faults);
  if (named !== undefined) {
    if (!providers.has(named) && !inTable.includes(named) && !byClientId.includes(named)) {
      faults.push({
        setting: 'DEFAULT_PROVIDER',
        fault: 'names no provider that is enabled',
        hint: howToEnable(named, providers),
      });
    }
    return providers.get(named);
  }
  if (inTable[0] !== undefined) return providers.get(inTable[0]);
  if (byClientId.length > 1) {
    faults.push({
      setting: 'DEFAULT_PROVIDER',
      fault: 'is missing',
      hint: `Several providers are enabled by their client id. Name the one that uses /callback: ${byClientId.join(', ')}.`,
    });
    return undefined;
  }
  return providers.get(byClientId[0] ?? DEMO_ID);
}

/** The hint for a setting that names a provider that is not enabled. */
export function howToEnable(id: string, providers: ReadonlyMap<string, Provider>): string {
  const enabled = [...providers.keys()].map((each) => `\`${each}\``).join(', ');
  if (Object.hasOwn(PRESETS, id))
    return `Set \`${settingPrefix(id)}_CLIENT_ID\` and its secret to enable it.`;
  return enabled === ''
    ? 'Add it to `PROVIDERS`, with `issuer` and `client_id`.'
    : `Use one of ${enabled}, or add this one to \`PROVIDERS\`.`;
}

/**
 * Two providers with one redirect URI would allow the mix-up attack (RFC 9700 §4.4), and one on our own routes would
 * never get a response.
 */
function checkRedirectUris(
  providers: ReadonlyMap<string, Provider>,
  place: { basePath: string; defaultProviderId: string | undefined },
  faults: Fault[],
): void {
  const owners = new Map<string, string>();
  for (const provider of providers.values()) {
    const setting = `PROVIDERS.${provider.id}.redirect_uri`;
    const path = redirectPath(provider, place);
    const owner = owners.get(path);
    if (owner !== undefined) {
      const hint = 'Each provider needs a redirect URI of its own.';
      faults.push({ setting, fault: `has the same path as ${owner}’s`, hint });
    }
    owners.set(path, provider.id);
    const route = ownRoute(pathBelow(place.basePath, path));
    if (route && route.path !== '/callback') {
      const at = place.basePath + route.path;
      const hint = 'Choose a path that nothing else uses, or remove the setting.';
      faults.push({ setting, fault: `is the path of a page of Drawbridge itself (${at})`, hint });
    }
  }
}
