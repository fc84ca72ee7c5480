import { calculateJwkThumbprint, exportJWK, generateKeyPair } from 'jose';
import { readPrivateKeys } from '../src/crypto/private-keys.ts';
import { isLoopback } from '../src/providers/allowed-url.ts';
import { settingPrefix } from '../src/settings/setting-names.ts';
import { readArguments } from './arguments.mjs';
import { Refusal, run } from './refusal.ts';
import { readMetadata, register, remove, update } from './register/registration.ts';
import { report } from './register/settings-text.ts';

const METHODS = ['client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'private_key_jwt', 'none'];
/** What a new registration has where nothing else is said; an update leaves it as it is. */
const DEFAULTS = { auth: 'client_secret_basic', scope: 'openid profile email', name: 'Drawbridge' };

const USAGE = `Usage: npm run register -- ISSUER [options]

Registers this Worker at a provider that lets clients register themselves (RFC 7591). Prints the settings and secrets
to store; writes no file.

  --id NAME        the provider's id in the settings (a-z, 0-9, -). Default: derived from the issuer's host
  --origin URL     the Worker's address, default http://localhost:8787. Repeat it for each address that users see: your
                   machine and the deployed Worker, or CONTROL_ORIGIN
  --base-path PATH BASE_PATH, if the Worker has one
  --default        it is the default provider, so only /callback is registered. Otherwise both /callback and
                   /callback/NAME are, since the first provider in wrangler.toml is the default one
  --auth METHOD    ${METHODS.join(', ')};
                   default client_secret_basic. private_key_jwt creates a key, unless <ID>_PRIVATE_KEY is set
  --keys uri|value how the provider gets that key: from /jwks, or in the registration. Default: uri for https
  --application-type web|native
                   default native for loopback addresses, web for all others
  --no-backchannel-logout
                   registers no address for logout tokens: for sessions in cookies. By default there is one, if the
                   provider sends them
  --scope TEXT     default "openid profile email"
  --name TEXT      what users read on the provider's consent page, default Drawbridge
  --fapi2          a client of the FAPI 2.0 Security Profile: private_key_jwt, PAR and DPoP
  --update URI     changes the registration with this registration_client_uri (RFC 7592): its addresses and any other
                   options you give. Give the same --id, --origin and --default as before
  --delete URI     deletes it
  --help

From the environment, to keep them out of your shell history:
  INITIAL_ACCESS_TOKEN        for providers that require one
  REGISTRATION_ACCESS_TOKEN   for --update and --delete: what the registration printed

Examples
  npm run register -- https://login.example.com
  npm run register -- https://login.example.com --origin http://localhost:8787 --origin https://app.example.com
  npm run register -- http://localhost:8080/realms/demo --id keycloak --auth private_key_jwt`;

const OPTIONS = {
  id: { type: 'string' },
  origin: { type: 'string', multiple: true, default: ['http://localhost:8787'] },
  'base-path': { type: 'string', default: '' },
  default: { type: 'boolean', default: false },
  auth: { type: 'string' },
  keys: { type: 'string' },
  'application-type': { type: 'string' },
  'no-backchannel-logout': { type: 'boolean', default: false },
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
    return console.log('Deleted. Remove the provider from wrangler.toml, and its secrets from the Worker.');
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
  if (!/^[a-z0-9-]+$/.test(id)) throw new Refusal(`--id ${id}: only a-z, 0-9 and - may be in an id.`, 2);
  const origins = values.origin.map(originOf);
  const isLocal = origins.every((origin) => isLoopback(new URL(origin).hostname));
  const authMethod = oneOf('--auth', METHODS, values.fapi2 ? 'private_key_jwt' : values.auth);
  const key = authMethod === 'private_key_jwt' ? await keyFor(id) : {};
  const isNew = given.update === undefined;
  const wanted = {
    id,
    origins,
    basePath: basePathOf(values['base-path']),
    isDefault: values.default,
    authMethod,
    scope: values.scope,
    name: values.name,
    fapi2: values.fapi2,
    applicationType:
      oneOf('--application-type', ['web', 'native'], values['application-type']) ??
      (isNew ? (isLocal ? 'native' : 'web') : undefined),
    backchannelLogout: !values['no-backchannel-logout'],
    publicKey: key.publicKey,
    keysBy:
      oneOf('--keys', ['uri', 'value'], values.keys) ?? (origins[0].startsWith('https:') ? 'uri' : 'value'),
  };
  return { wanted, newKey: key.made };
}

function oneOf(option, values, given) {
  if (given === undefined || values.includes(given)) return given;
  throw new Refusal(`${option} is not one of ${values.join(', ')}.`, 2);
}

function basePathOf(text) {
  const path = text.replace(/\/+$/, '');
  if (path === '' || /^(?:\/[\w.~-]+)+$/.test(path)) return path;
  throw new Refusal(`--base-path ${text}: give a path such as /auth`, 2);
}

/** `login.acme.example` and `www.acme.example` are both `acme`; `localhost` is itself, `127.0.0.1` is `local`. */
function idFrom(issuer) {
  const { hostname } = new URL(issuer);
  if (/^\[|^[\d.]+$/.test(hostname)) return 'local';
  const labels = hostname.toLowerCase().split('.');
  return labels.at(-2) ?? labels[0];
}

function originOf(text) {
  const url = URL.parse(text);
  const isOrigin = url && /^https?:$/.test(url.protocol) && `${url.origin}/` === url.href;
  if (!isOrigin) throw new Refusal(`--origin ${text}: give scheme and host only, https://app.example.com`, 2);
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
