import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { StorageProbe } from '../directory.ts';

/** KV deletes the probe by itself after this time, the shortest that it takes, in seconds. */
const PROBE_TTL_SECONDS = 60;

/** Tries both bindings: one short-lived key written to KV, one object asked. */
export function storageProbes({ tokens, keepers }: ServerBindings): readonly StorageProbe[] {
  return [
    {
      binding: 'TOKENS',
      success: 'can be written.',
      failure: 'can’t be written.',
      hint: 'Sessions work, but their copies can’t be listed. Check the namespace’s id and your daily write quota.',
      run: async () => {
        const key = `doctor:${crypto.randomUUID()}`;
        await tokens.put(key, '', { expirationTtl: PROBE_TTL_SECONDS });
        await tokens.delete(key);
      },
    },
    {
      binding: 'SESSION_KEEPER',
      success: 'answers.',
      failure: 'can’t be asked.',
      hint: 'No one can sign in. Check that `[exports.SessionKeeper]` is in `wrangler.toml`, and deploy again.',
      run: () => keepers.getByName('doctor').inspect(),
    },
  ];
}
