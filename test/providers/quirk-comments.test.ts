import { describe, expect, it } from 'vitest';
import { PRESETS } from '../../src/providers/presets.ts';
import { PROVIDER_KEYS } from '../../src/providers/provider-settings.ts';
import { QUIRK_SETTINGS } from '../../src/providers/quirks/quirks.ts';
import source from '../../src/providers/quirks/quirks.ts?raw';

const COMMENTS = Object.values(
  import.meta.glob(['../../src/providers/quirks/*.ts', '!**/quirks.ts'], {
    query: '?raw',
    import: 'default',
    eager: true,
  }),
).flatMap((source) => source.match(/\/\*\*[\s\S]*?\*\//g) ?? []);

/** Keys that most presets have: naming them all would say nothing. */
const COMMON = new Set(['userinfo_claims']);
/** How a comment calls a preset whose display name is another. */
const CALLED: Readonly<Record<string, string>> = { 'slack-api': 'Slack', microsoft: 'Microsoft' };

/** The keys that a comment of a quirk begins with: `` `key`, `other`: what it is ``. */
const keysOf = (comment: string) => {
  const [, head = ''] = /^\/\*\*\s*\**\s*((?:`\w+`(?:, )?)+):/.exec(comment) ?? [];
  return [...head.matchAll(/`(\w+)`/g)].map(([, key]) => key as string);
};

const flat = (comment: string) => comment.replaceAll(/\s*\n\s*\*\s*/g, ' ').replaceAll("'", '’');
const named = new Map<string, string>();
for (const comment of COMMENTS) {
  for (const key of keysOf(comment)) named.set(key, `${named.get(key) ?? ''} ${flat(comment)}`);
}

describe('each quirk names the presets that need it', () => {
  it.each([...named])('%s', (key, comment) => {
    if (COMMON.has(key)) return;
    const users = Object.entries(PRESETS).filter(([, preset]) => Reflect.get(preset, key) !== undefined);
    const missing = users
      .filter(([, preset]) => {
        const value = Reflect.get(preset, key);
        // What says the same as the standard is no quirk.
        return !(key === 'scope_separator' && value === ' ');
      })
      .filter(([id, { display_name }]) => !comment.includes(CALLED[id] ?? display_name));
    expect(missing.map(([id]) => id)).toEqual([]);
  });

  it('and every quirk is named by its key', () => {
    const ofPresets = [...source.matchAll(/^ {2}readonly (\w+)\?:/gm)].map(([, key]) => key as string);
    expect(ofPresets).toContain('callback_fragment');
    const keys = [...Object.keys(QUIRK_SETTINGS), ...ofPresets];
    // PKCE is left out where the request is built; there is nothing to make up for.
    expect(keys.filter((key) => key !== 'pkce' && !named.has(key))).toEqual([]);
    expect([...named.keys()].filter((key) => !keys.includes(key) && !PROVIDER_KEYS.includes(key))).toEqual(
      [],
    );
  });
});
