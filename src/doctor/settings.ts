import { isLoopback } from '../providers/allowed-url.ts';
import { PRESETS, presetOf } from '../providers/presets.ts';
import { PROVIDER_KEYS } from '../providers/provider-settings.ts';
import { isSecretSetting } from '../secret-names.ts';
import { nearest } from '../settings/did-you-mean.ts';
import type { Env } from '../settings/env.ts';
import { inspectFaults } from '../settings/inspect-in-public.ts';
import { otherNameHint } from '../settings/other-names.ts';
import { isOn, settingPrefix, textOf } from '../settings/setting-names.ts';
import { ALL_SETTING_NAMES, readSettings } from '../settings/settings.ts';
import { isTable } from '../settings/table.ts';
import { unicodePattern } from '../unicode-pattern.ts';
import { type Finding, findings } from './finding.ts';

/** As documents write what has to be replaced. */
const PLACEHOLDER = /^(?:<.*>|…|\.{3})$/s;
/** No provider issues shorter client secrets; a shorter one was cut off, or is a placeholder. */
const SHORT_CLIENT_SECRET = 16;

const { ok, warning, fault } = findings('settings');

/** Only checks the settings; `origin` is where users see the Worker. No I/O. */
export function checkSettings(env: Env, origin: string): Finding[] {
  const { faults } = readSettings(env);
  const atFault = new Set(faults.map(({ setting }) => setting));
  return [
    ...faults.map(({ setting, fault: what, hint }) => fault(setting, `${what}.`, hint)),
    ...Object.keys(env)
      .filter((name) => !atFault.has(name))
      .flatMap((name) => (isSecretSetting(name) ? [checkSecret(name, env)] : checkClientId(name, env))),
    ...checkNames(env, atFault),
    ...checkModes(env, origin, atFault),
    ...(env.ADMIN_TOKEN === undefined ? [ok('ADMIN_TOKEN', 'is not set, so there is no /admin.')] : []),
  ];
}

function checkSecret(name: string, env: Env): Finding {
  const value = String(env[name]);
  if (name === 'SESSION_SECRET') {
    const count = value.split(',').length;
    const rotating = count > 1 ? `; ${count} of them: the first encrypts, all decrypt` : '';
    return ok(name, `is set and long enough${rotating}.`);
  }
  if (name === 'ADMIN_TOKEN') return ok(name, 'is set and long enough.');
  if (!ALL_SETTING_NAMES.includes(name) && !ownedByProvider(name, env)) {
    return warning(
      name,
      'belongs to no configured provider.',
      `${meantHint(name, env)}Set the provider’s client id, fix the name, or delete the secret.`,
    );
  }
  const copied = copiedAlong(name, value);
  if (copied) return copied;
  if (name.endsWith('_CLIENT_SECRET') && value.length < SHORT_CLIENT_SECRET) {
    return warning(
      name,
      `has fewer than ${SHORT_CLIENT_SECRET} characters.`,
      'Compare it with the provider’s console. Check that you copied all of it, and the secret rather than its id.',
    );
  }
  return ok(name, name.endsWith('_PRIVATE_KEY') ? 'is set and can be read.' : 'is set.');
}

function checkClientId(name: string, env: Env): Finding[] {
  if (!name.endsWith('_CLIENT_ID') || !ownedByProvider(name, env)) return [];
  const copied = copiedAlong(name, String(env[name]));
  const replaced = [...readSettings(env).providers.values()].find(
    ({ id, client }) => name === `${settingPrefix(id)}_CLIENT_ID` && client.client_id !== textOf(env[name]),
  );
  if (!replaced) return copied ? [copied] : [];
  return [
    warning(
      name,
      `does nothing, since \`[vars.PROVIDERS.${replaced.id}]\` has another \`client_id\`.`,
      'Remove one of them: the table goes before the variable or secret.',
    ),
  ];
}

const INVISIBLE = unicodePattern(String.raw`[\p{Cc}\p{Cf}]`);

/** What a copy from a console, a file or a shell may have brought along. No credential has it. */
function copiedAlong(name: string, value: string): Finding | undefined {
  if (/^(["']).*\1$/s.test(value)) {
    return warning(
      name,
      'has quotes around it, which are part of the value.',
      'Store it again without quotes.',
    );
  }
  if (PLACEHOLDER.test(value.trim())) {
    return warning(name, 'is a placeholder.', 'Replace it by the value from the provider’s console.');
  }
  // A key is JSON, which may have line breaks.
  if (name.endsWith('_PRIVATE_KEY') || !INVISIBLE().test(value.trim())) return undefined;
  return warning(name, 'has a line break or an invisible character in it.', 'Copy it again, in one piece.');
}

function ownedByProvider(name: string, env: Env): boolean {
  return [...readSettings(env).attempted].some((id) => name.startsWith(`${settingPrefix(id)}_`));
}

/** Names of settings that nobody reads, but that look like one that somebody would. */
function checkNames(env: Env, known: ReadonlySet<string>): Finding[] {
  const names = settingNames(env);
  return Object.entries(env)
    .filter(
      ([name, value]) => isPlain(value) && !names.has(name) && !isSecretSetting(name) && !known.has(name),
    )
    .flatMap(([name]) => {
      const hint = providerKeyHint(name, env) ?? nearestHint(name, names, env);
      return hint === undefined ? [] : [warning(name, 'is not a setting, so it does nothing.', hint)];
    });
}

function nearestHint(name: string, names: ReadonlySet<string>, env: Env): string | undefined {
  const meant = nearest(name, names);
  return meant === undefined || Object.hasOwn(env, meant) ? undefined : `Did you mean \`${meant}\`?`;
}

/** The hint for a key of a provider's table, alone or with the provider's prefix: other clients have such variables. */
function providerKeyHint(name: string, env: Env): string | undefined {
  if (PROVIDER_KEYS.includes(name))
    return `Write \`${name}\` in the table of its provider: \`[vars.PROVIDERS.<id>]\`.`;
  for (const id of readSettings(env).attempted) {
    const prefix = `${settingPrefix(id)}_`;
    if (!name.startsWith(prefix)) continue;
    const key = name.slice(prefix.length).toLowerCase();
    if (PROVIDER_KEYS.includes(key)) return `Write \`${key}\` in \`[vars.PROVIDERS.${id}]\`.`;
    const other = otherNameHint(key, id);
    if (other !== undefined) return `It belongs in \`[vars.PROVIDERS.${id}]\`, under another name. ${other}`;
  }
  return undefined;
}

/** Bindings may have any name. A setting is text, a number, a flag or a table. */
function isPlain(value: unknown): boolean {
  return ['string', 'number', 'boolean'].includes(typeof value) || isTable(value);
}

function meantHint(name: string, env: Env): string {
  const meant = nearest(name, settingNames(env));
  return meant === undefined ? '' : `Did you mean \`${meant}\`? `;
}

/** Every name that is read: those of settings, and those of each provider's credentials and variables. */
function settingNames(env: Env): ReadonlySet<string> {
  const { providers, attempted } = readSettings(env);
  const perProvider = [...new Set([...Object.keys(PRESETS), ...attempted])].flatMap((id) => {
    const variables = Object.keys(presetOf(providers.get(id)?.preset ?? id)?.variables ?? {});
    return ['client_id', 'client_secret', 'private_key', ...variables].map(
      (name) => `${settingPrefix(id)}_${settingPrefix(name)}`,
    );
  });
  return new Set([...ALL_SETTING_NAMES, ...perProvider]);
}

/** Checks what is only for the developer's machine; `origin` is where users see the Worker. */
function checkModes(env: Env, origin: string, known: ReadonlySet<string>): Finding[] {
  const found = inspectFaults(env, origin)
    .filter(({ setting }) => !known.has(setting))
    .map(({ setting, fault: what, hint }) => fault(setting, `${what}.`, hint));
  if (isLoopback(new URL(origin).hostname)) return found;
  const risks = {
    DANGEROUSLY_INSPECT_IN_PUBLIC: 'lets `INSPECT` show everyone who signs in their tokens.',
    DEMO: 'lets anyone who can reach the demo provider sign in under any name.',
  };
  const inspects = isOn(env.INSPECT);
  const risky = Object.entries(risks).filter(([name]) => isOn(env[name]) && (name === 'DEMO' || inspects));
  return [
    ...found,
    ...risky.map(([name, risk]) =>
      warning(name, `is enabled and ${risk}`, 'Disable it in `wrangler.toml` before users sign in.'),
    ),
  ];
}
