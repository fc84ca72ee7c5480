import { PRESETS } from '../../src/providers/presets.ts';
import type { Behaviour } from './behaviour.ts';
import { DEVELOPER } from './behaviours/developer.ts';
import { IDENTITY } from './behaviours/identity.ts';
import { restOf } from './behaviours/rest.ts';
import { SOCIAL } from './behaviours/social.ts';
import { WORK } from './behaviours/work.ts';

/** Providers with a description of their own, independent of the preset. */
export const DESCRIBED: Readonly<Record<string, Behaviour>> = {
  ...SOCIAL,
  ...DEVELOPER,
  ...WORK,
  ...IDENTITY,
};

/** How each provider behaves, for every preset there is. */
export const ROWS: readonly (readonly [id: string, is: Behaviour])[] = Object.keys(PRESETS).map((id) => [
  id,
  DESCRIBED[id] ?? restOf(id),
]);
