import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';

const ALGORITHMS = ['ES256', 'PS256', 'RS256', 'EdDSA'];
const USAGE = `Usage: npm run key [-- ALGORITHM]

Prints a new private key as a JWK, for \`npx wrangler secret put <ID>_PRIVATE_KEY\`.
ALGORITHM is one of ${ALGORITHMS.join(', ')} (ES256 if left out).
To rotate a key, store a JSON list: the new one first, the old one after it.`;

const algorithm = process.argv[2] ?? 'ES256';
if (!ALGORITHMS.includes(algorithm)) {
  console.error(USAGE);
  process.exit(algorithm === '--help' ? 0 : 2);
}
const { privateKey } = await generateKeyPair(algorithm, { extractable: true });
const jwk = await exportJWK(privateKey);
console.log(JSON.stringify({ kid: await calculateJwkThumbprint(jwk), alg: algorithm, use: 'sig', ...jwk }));
