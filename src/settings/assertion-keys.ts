import { type PrivateKeys, readPrivateKeys } from '../crypto/private-keys.ts';
import type { Provider } from '../providers/provider.ts';
import type { Env, Fault } from './env.ts';
import { readText } from './setting-names.ts';

const SETTING = 'ASSERTION_PRIVATE_KEY';
const HINT = `Create one with \`npm run key\`, then \`npx wrangler secret put ${SETTING}\`.`;
const NO_KEYS: PrivateKeys = { signing: [], decryption: [] };

/**
 * The keys for signing assertions to upstreams: the first signs, `/jwks` publishes all of them. They must not be used for
 * anything else: with a client's key, an upstream's assertion could be used as a client's, or the other way round.
 */
export function readAssertionKeys(
  env: Env,
  providers: ReadonlyMap<string, Provider>,
  faults: Fault[],
): PrivateKeys {
  const report = (fault: string, hint = HINT) => {
    faults.push({ setting: SETTING, fault, hint });
    return NO_KEYS;
  };
  const keys = readPrivateKeys(readText(env, SETTING, faults));
  if ('fault' in keys) return report(keys.fault);
  if (keys.decryption.length > 0 || keys.signing.some(({ alg }) => alg !== 'ES256')) {
    return report('contains a key that is not for ES256');
  }
  const clientKeys = [...providers.values()].flatMap(({ private_keys: { signing, decryption } }) => [
    ...signing,
    ...decryption,
  ]);
  for (const key of keys.signing) {
    if (clientKeys.some(({ x }) => x !== undefined && x === key.x)) {
      return report('is the key of a client', `Use a separate key. ${HINT}`);
    }
    if (clientKeys.some(({ kid }) => kid !== undefined && kid === key.kid)) {
      return report('has the `kid` of a client’s key', `Use a different \`kid\`. ${HINT}`);
    }
  }
  return keys;
}
