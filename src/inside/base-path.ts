import type { Env } from '../settings/env.ts';
import { textOf } from '../settings/setting-names.ts';
import { SettingsError } from '../settings/settings.ts';

const placed = new WeakMap<Env, Map<string, Env>>();

/**
 * What the Worker is bound to, with `BASE_PATH` as where Drawbridge is mounted: the same object each time. Throws
 * `config_invalid` if the setting says another place.
 */
export function envAt(env: Env, basePath: string): Env {
  const configured = textOf(env.BASE_PATH);
  if (configured === basePath || (configured === undefined && basePath === '')) return env;
  if (configured !== undefined) {
    throw new SettingsError([
      {
        setting: 'BASE_PATH',
        fault: `is not where Drawbridge is mounted, \`${basePath || '/'}\``,
        hint: 'Mount it at `BASE_PATH`, with `app.route` since `app.mount` hides the path, or leave `BASE_PATH` out.',
      },
    ]);
  }
  const known = placed.get(env) ?? new Map<string, Env>();
  placed.set(env, known);
  const made = known.get(basePath) ?? { ...env, BASE_PATH: basePath };
  known.set(basePath, made);
  return made;
}
