import type { Settings } from '../../settings/settings.ts';
import type { UpstreamChoice } from './forms.tsx';

/** The upstreams that a key may be limited to. */
export function upstreamChoices(_settings: Settings): readonly UpstreamChoice[] {
  return [];
}
