import { isSecretSetting } from '../secret-names.ts';
import type { Env, Fault } from './env.ts';

/** The prefix of a provider's settings: `my-idp` -> `MY_IDP`. */
export function settingPrefix(id: string): string {
  return id.toUpperCase().replaceAll('-', '_');
}

/** A setting's text, trimmed. Undefined if it is empty or not set. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** True for a setting that is empty or not set. */
export function isUnset(value: unknown): boolean {
  return typeof (value ?? '') === 'string' && textOf(value) === undefined;
}

/**
 * What is wrong with a setting that is set to anything but text. Read as text, it would count as not set, and what it says
 * would have no effect.
 */
export function notText(setting: string, value: unknown): Fault | undefined {
  if (isUnset(value) || typeof value === 'string') return undefined;
  const store = `Store it with \`npx wrangler secret put ${setting}\``;
  if (typeof value === 'object' && value !== null && 'get' in value && typeof value.get === 'function') {
    const hint = `${store}: a binding of Secrets Store can’t be used here.`;
    return { setting, fault: 'is a binding, not text', hint };
  }
  const hint = isSecretSetting(setting)
    ? `${store} (locally: in \`.dev.vars\`).`
    : 'Put the value in quotes.';
  return { setting, fault: 'is not text', hint };
}

/** The text of one setting, as `textOf` has it. Anything but text is reported. */
export function readText(env: Env, setting: string, faults: Fault[]): string | undefined {
  const wrong = notText(setting, env[setting]);
  if (wrong) faults.push(wrong);
  return textOf(env[setting]);
}

/** True for a flag that is enabled. */
export function isOn(value: unknown): boolean {
  return value === true || value === 'true';
}
