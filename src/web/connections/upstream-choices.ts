import type { Settings } from '../../settings/settings.ts';
import type { UpstreamChoice } from './forms.tsx';

/** The upstreams that a key may be limited to: those that get a token. */
export function upstreamChoices({ upstreams }: Settings): readonly UpstreamChoice[] {
  return upstreams
    .filter(({ token, provider }) => token !== 'none' && provider !== undefined)
    .map(({ id, provider }) => ({ id, provider }));
}
