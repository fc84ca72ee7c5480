import { settingPrefix } from '../../src/settings/setting-names.ts';
import { redirectUriOf, type Wanted } from './client-metadata.ts';
import type { Registered } from './registration.ts';

const KNOWN_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
];

/** Pure: the entry of `PROVIDERS` for what the provider has registered, which may differ from what was asked. */
export function entryOf(issuer: string, wanted: Wanted, client: Registered): Record<string, string> {
  const method = String(client.token_endpoint_auth_method ?? 'client_secret_basic');
  const registered = client.id_token_signed_response_alg;
  const scope = wanted.scope ?? client.scope;
  return {
    issuer,
    client_id: client.client_id,
    ...(typeof scope === 'string' && { scope }),
    ...(wanted.fapi2
      ? { profile: 'fapi2' }
      : method !== 'client_secret_basic' && { token_endpoint_auth_method: method }),
    ...(typeof registered === 'string' && { id_token_signed_response_alg: registered }),
  };
}

/** Pure: the same as it stands in wrangler.toml. */
function tomlOf(id: string, entry: Record<string, string>): string {
  const lines = Object.entries(entry).map(([name, value]) => `${name} = ${JSON.stringify(value)}`);
  return [`[vars.PROVIDERS.${id}]`, ...lines].join('\n');
}

/** Pure: what the provider did otherwise than asked, each in a sentence. */
export function differences(wanted: Wanted, client: Registered): string[] {
  const method = client.token_endpoint_auth_method ?? 'client_secret_basic';
  const uris = [client.redirect_uris].flat();
  return [
    ...(uris.includes(redirectUriOf(wanted)) ? [] : ['It registered another redirect URI than asked.']),
    ...(wanted.authMethod === undefined || method === wanted.authMethod
      ? []
      : [`It registered ${method} instead of ${wanted.authMethod}.`]),
    ...(KNOWN_METHODS.includes(String(method))
      ? []
      : ['Drawbridge can’t do that: ask for another with --auth.']),
  ];
}

/** Pure: everything that whoever registered needs to know, the secrets once. */
export function report(
  issuer: string,
  wanted: Wanted,
  client: Registered,
  privateKey: string | undefined,
): string {
  const prefix = settingPrefix(wanted.id);
  const parts = [
    `${issuer} knows this Worker as the client ${client.client_id}.`,
    ...differences(wanted, client).map((difference) => `Note: ${difference}`),
    `Put into wrangler.toml:\n\n${tomlOf(wanted.id, entryOf(issuer, wanted, client))}`,
    ...(wanted.isDefault ? [`and under [vars]:\n\nDEFAULT_PROVIDER = ${JSON.stringify(wanted.id)}`] : []),
    ...(typeof client.client_secret === 'string'
      ? [secretText(`${prefix}_CLIENT_SECRET`, client.client_secret), expiryText(client)]
      : []),
    ...(privateKey === undefined ? [] : [secretText(`${prefix}_PRIVATE_KEY`, privateKey)]),
    managementText(issuer, wanted, client),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
}

function secretText(name: string, value: string): string {
  return (
    `Secret, shown this once. Run this and paste the value when it asks:\n\n  npx wrangler secret put ${name}\n\n` +
    `  ${value}\n\nFor \`wrangler dev\` on this machine, a line of .dev.vars: ${name}=<the value>`
  );
}

function expiryText({ client_secret_expires_at: end }: Registered): string {
  if (typeof end !== 'number' || end === 0) return '';
  return `The secret ends on ${new Date(end * 1000).toISOString()}: run this command with --update before.`;
}

function managementText(issuer: string, wanted: Wanted, client: Registered): string {
  const { registration_client_uri: uri, registration_access_token: token } = client;
  if (typeof uri !== 'string' || typeof token !== 'string') return '';
  const flags = `--id ${wanted.id} --origin ${wanted.origin}${wanted.isDefault ? ' --default' : ''}`;
  return (
    `To change or delete this registration later (RFC 7592), keep both of these in a safe place:\n\n` +
    `  registration_client_uri    ${uri}\n  registration_access_token  ${token}\n\n` +
    `  REGISTRATION_ACCESS_TOKEN=… npm run register -- ${issuer} --update ${uri} ${flags}\n` +
    `  REGISTRATION_ACCESS_TOKEN=… npm run register -- ${issuer} --delete ${uri}`
  );
}
