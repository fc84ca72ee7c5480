import { isAllowedUrl } from '../../src/providers/allowed-url.ts';
import { settingPrefix } from '../../src/settings/setting-names.ts';
import { printable, printableJson, shellWord } from '../terminal.mjs';
import { redirectUrisOf, type Wanted } from './client-metadata.ts';
import type { Registered } from './registration.ts';

const KNOWN_METHODS = [
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'private_key_jwt',
  'none',
];

/** How the client authenticates; an answer that does not say has registered what was asked for. */
function methodOf(wanted: Wanted, client: Registered): string {
  return String(client.token_endpoint_auth_method ?? wanted.authMethod ?? 'client_secret_basic');
}

/** Pure: the entry of `PROVIDERS` for what the provider has registered, which may differ from what was asked. */
export function entryOf(issuer: string, wanted: Wanted, client: Registered): Record<string, string | true> {
  const method = methodOf(wanted, client);
  const registered = client.id_token_signed_response_alg;
  const scope = wanted.scope ?? client.scope;
  return {
    issuer,
    client_id: client.client_id,
    ...(typeof scope === 'string' && { scope }),
    // What the metadata lists would decide otherwise, and it may list what was not registered.
    ...(wanted.fapi2 ? { profile: 'fapi2' } : { token_endpoint_auth_method: method, ...requiredOf(client) }),
    ...(typeof registered === 'string' && { id_token_signed_response_alg: registered }),
    ...onlyRedirectUri(wanted, client),
  };
}

/** What a provider's policy requires of each client, which its metadata need not say (RFC 9126 §6, RFC 9449 §5.2). */
const REQUIREMENTS = ['require_pushed_authorization_requests', 'dpop_bound_access_tokens'];

function requiredOf(client: Registered): Record<string, true> {
  return Object.fromEntries(REQUIREMENTS.filter((name) => client[name] === true).map((name) => [name, true]));
}

/**
 * The one redirect URI to send, where the provider did not register all that may be sent without. An answer that
 * names none has registered what was asked for (RFC 7591 §3.2.1).
 */
function onlyRedirectUri(wanted: Wanted, client: Registered): { redirect_uri?: string } {
  const { redirect_uris: registered } = client;
  if (!Array.isArray(registered)) return {};
  const asked = redirectUrisOf(wanted);
  if (asked.every((uri) => registered.includes(uri))) return {};
  const sendable = asked.find((uri) => registered.includes(uri));
  return sendable === undefined ? {} : { redirect_uri: sendable };
}

/** Pure: the same as a table of wrangler.toml. */
function tomlOf(id: string, entry: Record<string, string | true>): string {
  const lines = Object.entries(entry).map(([name, value]) => `${name} = ${printableJson(value)}`);
  return [`[vars.PROVIDERS.${id}]`, ...lines].join('\n');
}

/** Pure: what the provider did otherwise than asked, each in a sentence. */
export function differences(wanted: Wanted, client: Registered): string[] {
  const method = methodOf(wanted, client);
  const registered = client.redirect_uris;
  const left = Array.isArray(registered)
    ? redirectUrisOf(wanted).filter((uri) => !registered.includes(uri))
    : [];
  return [
    ...(left.length === 0 ? [] : [`It did not register ${left.join(' and ')}.`]),
    ...(wanted.authMethod === undefined || method === wanted.authMethod
      ? []
      : [`It registered ${printable(method)} instead of ${wanted.authMethod}.`]),
    ...(KNOWN_METHODS.includes(method) ? [] : ['Drawbridge can’t do that. Ask for another with --auth.']),
    ...(method.startsWith('client_secret') && typeof client.client_secret !== 'string'
      ? ['It returned no client secret. Look for it in the provider’s console.']
      : []),
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
    `Registered at ${printable(issuer)} as the client ${printable(client.client_id)}.`,
    ...differences(wanted, client).map((difference) => `Note: ${difference}`),
    `Add to wrangler.toml:\n\n${tomlOf(wanted.id, entryOf(issuer, wanted, client))}`,
    ...(wanted.isDefault ? [`and under [vars]:\n\nDEFAULT_PROVIDER = ${printableJson(wanted.id)}`] : []),
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
    `Secret, shown only this once. Run this and paste the value when prompted:\n\n  npx wrangler secret put ${name}\n\n` +
    `  ${printable(value)}\n\nFor \`wrangler dev\` on this machine, a line of .dev.vars: ${name}=<the value>`
  );
}

/** The provider gave what a change of the registration takes (RFC 7592 §3). */
function isManageable({
  registration_client_uri: uri,
  registration_access_token: token,
}: Registered): boolean {
  return typeof uri === 'string' && typeof token === 'string' && isAllowedUrl(uri);
}

/** The last second that a date can hold (ECMA-262 §21.4.1.1). */
const MAX_SECONDS = 8.64e12;

function expiryText(client: Registered): string {
  const { client_secret_expires_at: end } = client;
  if (typeof end !== 'number' || !(end > 0 && end < MAX_SECONDS)) return '';
  const what = isManageable(client)
    ? 'Run this command with --update before that.'
    : 'Before that, get a new one in the provider’s console, or register again: this provider doesn’t let programs change a registration.';
  return `The secret expires on ${new Date(end * 1000).toISOString()}. ${what}`;
}

function managementText(issuer: string, wanted: Wanted, client: Registered): string {
  const { registration_client_uri: uri, registration_access_token: token } = client;
  if (typeof uri !== 'string' || typeof token !== 'string') return '';
  if (!isAllowedUrl(uri))
    return 'The provider’s `registration_client_uri` is not an https URL. Don’t use it.';
  const places = [...wanted.origins.flatMap((origin) => ['--origin', origin]), ...basePath(wanted)];
  const flags = ['--id', wanted.id, ...places, ...(wanted.isDefault ? ['--default'] : [])].join(' ');
  const command = `REGISTRATION_ACCESS_TOKEN=… npm run register -- ${shellWord(issuer)}`;
  return (
    `To change or delete this registration later (RFC 7592), keep both of these in a safe place:\n\n` +
    `  registration_client_uri    ${printable(uri)}\n  registration_access_token  ${printable(token)}\n\n` +
    `  ${command} --update ${shellWord(uri)} ${flags}\n` +
    `  ${command} --delete ${shellWord(uri)}`
  );
}

function basePath({ basePath: path }: Wanted): string[] {
  return path === '' ? [] : ['--base-path', shellWord(path)];
}
