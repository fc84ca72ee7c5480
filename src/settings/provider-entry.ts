import * as v from 'valibot';
import type { FilledSettings, Preset } from '../providers/preset.ts';
import { KNOWN_AS, PRESETS, presetOf } from '../providers/presets.ts';
import type { Provider } from '../providers/provider.ts';
import { PROVIDER_KEYS, ProviderSettings } from '../providers/provider-settings.ts';
import { buildProvider, ENDPOINTS } from './build-provider.ts';
import { nearest, unknownKeyHint, withoutUnknown } from './did-you-mean.ts';
import type { Env, Fault } from './env.ts';
import { issuePlace, issueWords } from './issue-words.ts';
import { otherNameHint } from './other-names.ts';
import { factsOf } from './provider-facts.ts';
import { settingPrefix } from './setting-names.ts';
import { isTable } from './table.ts';

const ID = /^[a-z0-9-]+$/;

/** One entry of `PROVIDERS`, completed by its preset. Undefined, with faults reported, if something is wrong. */
export function resolveEntry(id: string, entry: unknown, env: Env, faults: Fault[]): Provider | undefined {
  const before = faults.length;
  const at = `PROVIDERS.${id}`;
  const report = (setting: string, fault: string, hint: string) => faults.push({ setting, fault, hint });
  if (!isTable(entry)) {
    report(at, 'is not a table', 'Write one table per provider: `[vars.PROVIDERS.<id>]`.');
    return undefined;
  }
  if (!ID.test(id)) {
    report(
      at,
      'has an id with characters other than a-z, 0-9 and -',
      'Rename it: the id is part of its URLs.',
    );
  }
  const presetId = entry.preset ?? id;
  const preset: Preset | undefined = typeof presetId === 'string' ? presetOf(presetId) : undefined;
  if (entry.preset !== undefined && !preset) {
    report(`${at}.preset`, 'names no preset', presetHint(presetId));
  }
  const variables = Object.keys(preset?.variables ?? {});
  const { values, rest } = takeVariables(entry, variables);
  for (const name of variables) {
    values[name] = trimmed(values[name] || env[`${settingPrefix(id)}_${settingPrefix(name)}`]);
    const fault = variableFault(values[name]);
    if (fault) report(`${at}.${name}`, fault, `Set it to ${preset?.variables?.[name]}.`);
  }
  const { entry: known, unknown } = withoutUnknown(rest, PROVIDER_KEYS);
  for (const key of unknown) {
    report(
      `${at}.${key}`,
      'is not a setting',
      otherNameHint(key, id) ??
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
  const name = typeof given === 'string' ? given.toLowerCase() : '';
  const meant = Object.hasOwn(KNOWN_AS, name) ? KNOWN_AS[name] : nearest(name, Object.keys(PRESETS));
  const others = 'See docs/providers.md for all presets, or set `issuer` or endpoints.';
  return meant === undefined ? others : `Did you mean \`${meant}\`? ${others}`;
}

/** What is wrong with the value of a preset's variable, which becomes a part of URLs. Undefined if nothing is. */
function variableFault(value: unknown): string | undefined {
  if (value === undefined || value === '') return 'is missing';
  if (typeof value !== 'string') return 'is not text';
  if (/^[a-z]+:\/\//i.test(value)) return 'is a URL';
  if (/^\/|\/$/.test(value)) return 'begins or ends with a slash';
  return /[\s"'<>{}\\@?#]/.test(value) ? 'has a character that is not possible there' : undefined;
}

function takeVariables(entry: Readonly<Record<string, unknown>>, names: readonly string[]) {
  const values: Record<string, unknown> = {};
  const rest: Record<string, unknown> = { ...entry };
  for (const name of names) {
    values[name] = rest[name];
    delete rest[name];
  }
  return { values, rest };
}

function trimmed(value: unknown): unknown {
  return typeof value === 'string' ? value.trim() : value;
}

function settingsFault(at: string, issue: v.BaseIssue<unknown>): Fault {
  const [fault, fix] = issueWords(issue);
  const hint = 'See docs/openid-provider.md.';
  return { setting: issuePlace(at, issue), fault, hint: fix === undefined ? hint : `${fix} ${hint}` };
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
