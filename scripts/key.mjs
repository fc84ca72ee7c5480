import { createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK } from 'jose';
import { misused, readArguments } from './arguments.mjs';

const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA', 'ES384', 'ES512', 'PS384', 'PS512', 'RS384', 'RS512'];
const USAGE = `Usage: npm run key [-- ALGORITHM] [-- --from FILE [--kid ID]]

Prints a private key as a JWK, for \`npx wrangler secret put <ID>_PRIVATE_KEY\`.

  npm run key                               a new key for ES256
  npm run key -- PS256                      a new key for another algorithm: ${ALGORITHMS.slice(1).join(', ')}
  npm run key -- --from AuthKey_ABC123.p8   the key of a PEM file, such as Apple's

The key id is the value of \`--kid\`, else the id in the name of Apple's file, else the key's thumbprint.
\`<ID>_PRIVATE_KEY\` may be a JSON list: the first key signs. To change keys, follow docs/rotation.md.`;

const { values, positionals } = readArguments(
  USAGE,
  { from: { type: 'string' }, kid: { type: 'string' } },
  { words: 1 },
);
const [algorithm = 'ES256'] = positionals;
if (!ALGORITHMS.includes(algorithm)) misused(USAGE, `${algorithm} is not one of ${ALGORITHMS.join(', ')}`);

const jwk = await exportJWK(values.from ? await readKey(values.from) : await newKey());
const kid = values.kid ?? appleKeyId(values.from) ?? (await calculateJwkThumbprint(jwk));
console.log(JSON.stringify({ kid, alg: algorithm, use: 'sig', ...jwk }));

async function newKey() {
  return (await generateKeyPair(algorithm, { extractable: true })).privateKey;
}

async function readKey(file) {
  try {
    const jwk = createPrivateKey(readFileSync(file)).export({ format: 'jwk' });
    return await importJWK(jwk, algorithm, { extractable: true });
  } catch (error) {
    const isUnread = error.syscall !== undefined;
    const expected = `it must be a private key for ${algorithm} in PEM, without a passphrase`;
    console.error(`${file} can’t be used: ${isUnread ? error.message : `${expected}. ${error.message}`}`);
    return process.exit(1);
  }
}

/** Apple names the file by the key id: `AuthKey_ABC123DEFG.p8`. */
function appleKeyId(file) {
  return /AuthKey_([A-Z0-9]+)\.p8$/.exec(file ?? '')?.[1];
}
