import { findings } from '../../src/doctor/finding.ts';
import { isSecretSetting } from '../../src/secret-names.ts';
import { ALL_SETTING_NAMES } from '../../src/settings/settings.ts';

const { fault } = findings('settings');

/** Tables whose keys are the Worker's own names: its vars, and constants that the build replaces. */
const FREE = ['vars', 'define', 'alias'];

/**
 * Settings in wrangler.toml that are outside `[vars]`: wrangler ignores them with a warning at most. In TOML, a line belongs to
 * the last table above it, so a setting at the end of the file ends up in whatever table is there.
 */
export function misplacedSettings(config) {
  return settingsIn(config).map(([name, value]) =>
    fault(
      name,
      'is outside `[vars]` in wrangler.toml, so it does nothing.',
      typeof value === 'object'
        ? `Write its tables as \`[vars.${name}.<id>]\`.`
        : 'Move it below `[vars]`: in TOML, a line belongs to the last table above it.',
    ),
  );
}

function settingsIn(table) {
  if (typeof table !== 'object' || table === null) return [];
  return Object.entries(table).flatMap(([name, value]) => {
    if (FREE.includes(name)) return [];
    return isSetting(name) ? [[name, value]] : settingsIn(value);
  });
}

function isSetting(name) {
  return ALL_SETTING_NAMES.includes(name) || isSecretSetting(name) || name.endsWith('_CLIENT_ID');
}
