import type { Preset } from './preset.ts';

export const PRESETS: Readonly<Record<string, Preset>> = {};
