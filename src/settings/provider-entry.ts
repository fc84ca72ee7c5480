import * as v from 'valibot';
import type { FilledSettings, Preset } from '../providers/preset.ts';
import { PRESETS, presetOf } from '../providers/presets.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDER_KEYS, ProviderSettings } from '../providers/provider-settings.ts';
import { buildProvider, ENDPOINTS } from './build-provider.ts';
import { nearest, unknownKeyHint, withoutUnknown } from './did-you-mean.ts';
import type { Env, Fault } from './env.ts';
import { factsOf } from './provider-facts.ts';
import { settingPrefix } from './setting-names.ts';

const ID = /^[a-z0-9-]+$/;

/** One entry of `PROVIDERS`, completed by its preset. Undefined, with faults reported, if something is wrong. */
export function resolveEntry(id: string, entry: unknown, env: Env, faults: Fault[]): Provider | undefined {
  const before = faults.length;
  const at = `PROVIDERS.${id}`;
  const report = (setting: string, fault: string, hint: string) => faults.push({ setting, fault, hint });
  if (!ID.test(id)) {
    report(
      at,
      'has an id with characters other than a-z, 0-9 and -',
      'Rename it: the id is part of its URLs.',
    );
  }
  const presetId = (entry as { preset?: unknown } | null)?.preset ?? id;
  const preset: Preset | undefined = typeof presetId === 'string' ? presetOf(presetId) : undefined;
  if ((entry as { preset?: unknown } | null)?.preset !== undefined && !preset) {
    report(`${at}.preset`, 'names no preset', presetHint(presetId));
  }
  const variables = Object.keys(preset?.variables ?? {});
  const { values, rest } = takeVariables(entry, variables);
  for (const name of variables) {
    values[name] ||= env[`${settingPrefix(id)}_${settingPrefix(name)}`];
    if (typeof values[name] !== 'string' || values[name] === '') {
      report(`${at}.${name}`, 'is missing', `Set it to ${preset?.variables?.[name]}.`);
    }
  }
  const { entry: known, unknown } = withoutUnknown(rest, PROVIDER_KEYS);
  for (const key of unknown) {
    report(
      `${at}.${key}`,
      'is not a setting',
      unknownKeyHint(key, [...PROVIDER_KEYS, ...variables], 'docs/openid-provider.md'),
    );
  }
  const parsed = v.safeParse(ProviderSettings, known, { abortPipeEarly: true });
  if (!parsed.success) {
    for (const issue of parsed.issues) faults.push(settingsFault(at, issue));
  }
  if (!parsed.success || faults.length > before) return undefined;
  const facts = fillIn(preset ?? {}, values as Record<string, string>);
  const filled: FilledSettings = {
    ...factsFor(facts, parsed.output),
    ...parsed.output,
    ...factsOf(preset, parsed.output, (key, fault, hint) => report(`${at}.${key}`, fault, hint)),
  };
  return buildProvider(id, preset ? String(presetId) : undefined, filled, env, faults);
}

function presetHint(given: unknown): string {
  const meant = typeof given === 'string' ? nearest(given, Object.keys(PRESETS)) : undefined;
  const others = 'See docs/providers.md for all presets, or set `issuer` or endpoints.';
  return meant === undefined ? others : `Did you mean \`${meant}\`? ${others}`;
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
  const own = issue.message.startsWith('is ') ? issue.message : `is not ${issue.expected ?? 'valid'}`;
  return { setting: path ? `${at}.${path}` : at, fault: own, hint: 'See docs/openid-provider.md.' };
}

/** Replaces `{variable}` in every text of a preset. */
function fillIn(preset: Partial<Preset>, values: Readonly<Record<string, string>>): Partial<Preset> {
  if (Object.keys(values).length === 0) return preset;
  const json = JSON.stringify(preset).replace(/\{([a-z_]+)\}/g, (whole, name: string) =>
    name in values ? JSON.stringify(values[name]).slice(1, -1) : whole,
  );
  return JSON.parse(json) as Partial<Preset>;
}

/**
 * The facts of a preset that apply to these settings. A different issuer has its own endpoints (a self-hosted GitLab, for
 * example): neither the secret nor a token may be sent to those of the preset.
 */
function factsFor(preset: Partial<Preset>, settings: ProviderSettings): Partial<Preset> {
  const { issuer, userinfo_endpoint: userinfo } = settings;
  const isElsewhere = issuer !== undefined && issuer !== preset.issuer;
  const hasOwnUserinfo = userinfo !== undefined && userinfo !== preset.userinfo_endpoint;
  const dropped: ReadonlySet<string> = new Set([
    ...(isElsewhere ? [...ENDPOINTS, 'refresh_endpoint', 'issuer_aliases'] : []),
    ...(isElsewhere || hasOwnUserinfo ? ['userinfo_emails_endpoint'] : []),
  ]);
  return Object.fromEntries(Object.entries(preset).filter(([name]) => !dropped.has(name)));
}
