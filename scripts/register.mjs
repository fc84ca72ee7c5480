import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { readPrivateKeys } from '../src/crypto/private-keys.ts';
import { settingPrefix } from '../src/settings/setting-names.ts';
import { readArguments } from './arguments.mjs';
import { Refusal, run } from './refusal.ts';
import { readMetadata, register, remove, update } from './register/registration.ts';
import { report } from './register/settings-text.ts';

const METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'];
/** What a new registration has where nothing else is said; an update leaves it as it is. */
const DEFAULTS = { auth: 'client_secret_basic', scope: 'openid profile email', name: 'Drawbridge' };

const USAGE = `Usage: npm run register -- ISSUER [options]

Registers this Worker at a provider that lets clients register themselves (RFC 7591), and prints the settings
and the secrets to store. Nothing is written to any file.

  --id NAME        the provider's id in the settings (a-z, 0-9, -); without it, made from the issuer's host
  --origin URL     the Worker's address, default http://localhost:8787
  --default        it is the default provider: its redirect URI is /callback instead of /callback/NAME
  --auth METHOD    ${METHODS.join(', ')};
                   default client_secret_basic. With private_key_jwt a key is made, unless <ID>_PRIVATE_KEY is set
  --scope TEXT     default "openid profile email"
  --name TEXT      what users read on the provider's consent page, default Drawbridge
  --fapi2          a client of the FAPI 2.0 Security Profile: private_key_jwt, PAR and DPoP
  --update URI     changes the registration with this registration_client_uri instead (RFC 7592): the addresses,
                   and what else is given; name the same --id, --origin and --default as before
  --delete URI     deletes it
  --help

From the environment, so that they stand in no history of commands:
  INITIAL_ACCESS_TOKEN        for providers that ask for one
  REGISTRATION_ACCESS_TOKEN   for --update and --delete: what the registration printed

Examples
  npm run register -- https://login.example.com --origin https://app.example.com --default
  npm run register -- http://localhost:8080/realms/demo --id keycloak --auth private_key_jwt`;

const OPTIONS = {
  id: { type: 'string' },
  origin: { type: 'string', default: 'http://localhost:8787' },
  default: { type: 'boolean', default: false },
  auth: { type: 'string' },
  scope: { type: 'string' },
  name: { type: 'string' },
  fapi2: { type: 'boolean', default: false },
  update: { type: 'string' },
  delete: { type: 'string' },
};

await run(main);

async function main() {
  const { values, positionals } = readArguments(USAGE, OPTIONS, { words: 1 });
  const [issuer] = positionals;
  if (issuer === undefined) throw new Refusal(USAGE, 2);
  if (values.delete !== undefined) {
    await remove(values.delete, managementToken());
    return console.log('Deleted. Take the provider out of wrangler.toml, and its secrets out of the Worker.');
  }
  const server = await readMetadata(issuer);
  const { wanted, newKey } = await wantedFrom(issuer, values);
  const client =
    values.update === undefined
      ? await register(server, wanted, process.env.INITIAL_ACCESS_TOKEN)
      : await update(server, wanted, values.update, managementToken());
  console.log(report(server.issuer, wanted, client, newKey));
}

function managementToken() {
  const token = process.env.REGISTRATION_ACCESS_TOKEN;
  if (token) return token;
  throw new Refusal(
    'Set REGISTRATION_ACCESS_TOKEN to what the registration, or its last update, printed.',
    2,
  );
}

async function wantedFrom(issuer, given) {
  const values = given.update === undefined ? { ...DEFAULTS, ...given } : given;
  const id = values.id ?? idFrom(issuer);
  if (!/^[a-z0-9-]+$/.test(id)) throw new Refusal(`--id ${id}: only a-z, 0-9 and - may stand in an id.`, 2);
  const authMethod = values.fapi2 ? 'private_key_jwt' : values.auth;
  if (authMethod && !METHODS.includes(authMethod))
    throw new Refusal(`--auth is none of ${METHODS.join(', ')}.`, 2);
  const key = authMethod === 'private_key_jwt' ? await keyFor(id) : {};
  const wanted = {
    id,
    origin: originOf(values.origin),
    isDefault: values.default,
    authMethod,
    scope: values.scope,
    name: values.name,
    fapi2: values.fapi2,
    publicKey: key.publicKey,
  };
  return { wanted, newKey: key.made };
}

/** \`login.acme.example\` and \`www.acme.example\` are both \`acme\`; \`localhost\` is itself. */
function idFrom(issuer) {
  const labels = new URL(issuer).hostname.toLowerCase().split('.');
  return labels.at(-2) ?? labels[0];
}

function originOf(text) {
  const url = URL.parse(text);
  const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  if (!isOrigin)
    throw new Refusal(`--origin ${text}: give scheme and host alone, https://app.example.com`, 2);
  return url.origin;
}

/** The key that the Worker has already, or a new one. */
async function keyFor(id) {
  const name = `${settingPrefix(id)}_PRIVATE_KEY`;
  const present = process.env[name];
  if (!present) {
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const jwk = await exportJWK(privateKey);
    const named = { kid: await calculateJwkThumbprint(jwk), alg: 'ES256', use: 'sig', ...jwk };
    return { publicKey: publicHalf(named), made: JSON.stringify(named) };
  }
  const keys = readPrivateKeys(present);
  if ('fault' in keys) throw new Refusal(`${name} ${keys.fault}.`, 2);
  const [first] = keys.signing;
  if (!first) throw new Refusal(`${name} holds no key to sign with.`, 2);
  return { publicKey: publicHalf({ kid: await calculateJwkThumbprint(first), ...first }) };
}

function publicHalf({ kid, alg, kty, crv, x, y, n, e }) {
  return { kid, alg, use: 'sig', kty, crv, x, y, n, e };
}
