import { measureWith } from '../metrics.ts';
import { neverLog } from '../redaction.ts';
import { isSecretSetting } from '../secret-names.ts';
import type { Env } from './env.ts';
import { isBinding } from './platform-bindings.ts';
import { textOf } from './setting-names.ts';
import { readSettings, type Settings, SettingsError } from './settings.ts';

const loaded = new WeakMap<object, Settings>();

/**
 * The settings for the Worker, a Durable Object or an entrypoint. From the first call on, the log redacts their secrets,
 * and `METRICS` gets its data points. Throws `SettingsError` (`config_invalid`) that lists all problems.
 */
export function loadSettings(env: Env): Settings {
  const known = loaded.get(env);
  if (known) return known;
  prepareLog(env);
  const { settings, faults } = readSettings(env);
  if (!settings) throw new SettingsError(faults);
  loaded.set(env, settings);
  return settings;
}

function prepareLog(env: Env): void {
  const names = Object.keys(env).filter((name) => isSecretSetting(name) && !name.endsWith('_PRIVATE_KEY'));
  neverLog(
    names.flatMap((name) => textOf(env[name]) ?? []).flatMap((value) => [value, ...value.split(/\s*,\s*/)]),
  );
  measureWith(isBinding(env.METRICS, 'writeDataPoint') ? (env.METRICS as AnalyticsEngineDataset) : undefined);
}
