import { type PrivateKeys, readPrivateKeys } from '../crypto/private-keys.ts';
import type { Provider } from '../providers/provider.ts';
import type { Env, Fault } from './env.ts';
import { textOf } from './setting-names.ts';

const SETTING = 'ASSERTION_PRIVATE_KEY';
const HINT = `Make one with \`npm run key\`, then \`npx wrangler secret put ${SETTING}\`.`;
const NO_KEYS: PrivateKeys = { signing: [], decryption: [] };

/**
 * The keys that assertions to upstreams are signed with: the first signs, `/jwks` publishes all. They are for nothing
 * else: a client's key would let an upstream's assertion pass for a client's, or the other way round.
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
  const keys = readPrivateKeys(textOf(env[SETTING]));
  if ('fault' in keys) return report(keys.fault);
  if (keys.decryption.length > 0 || keys.signing.some(({ alg }) => alg !== 'ES256')) {
    return report('holds a key that is not for ES256');
  }
  const clientKeys = [...providers.values()].flatMap(({ private_keys: { signing, decryption } }) => [
    ...signing,
    ...decryption,
  ]);
  for (const key of keys.signing) {
    if (clientKeys.some(({ x }) => x !== undefined && x === key.x)) {
      return report('is the key of a client', `Make another key for it. ${HINT}`);
    }
    if (clientKeys.some(({ kid }) => kid !== undefined && kid === key.kid)) {
      return report('has the `kid` of a client’s key', `Give it another. ${HINT}`);
    }
  }
  return keys;
}
