import { type PrivateKeys, readPrivateKeys } from '../crypto/private-keys.ts';
import type { FilledSettings } from '../providers/preset.ts';
import type { Env, Fault } from './env.ts';
import { FAPI2_ALGORITHMS } from './fapi2.ts';
import { isUnset, readText, settingPrefix, textOf } from './setting-names.ts';

export type Report = (setting: string, fault: string, hint: string) => void;

/** What this client shows a provider to say who it is. */
interface Credentials {
  readonly clientId: string;
  readonly clientSecret: string | undefined;
  readonly privateKeys: PrivateKeys;
}

/** The credentials of the provider `id`. Undefined, or with faults reported, if they are missing or don't fit. */
export function readCredentials(
  id: string,
  settings: FilledSettings,
  env: Env,
  report: Report,
): Credentials | undefined {
  const prefix = settingPrefix(id);
  const read = (setting: string) => textAt(env, setting, report);
  const clientId = textOf(settings.client_id) ?? read(`${prefix}_CLIENT_ID`);
  if (!clientId && isUnset(env[`${prefix}_CLIENT_ID`])) {
    report(`${prefix}_CLIENT_ID`, 'is missing', `Set it, or \`client_id\` in \`[vars.PROVIDERS.${id}]\`.`);
  }
  const clientSecret = read(`${prefix}_CLIENT_SECRET`);
  const privateKeys = keysOf(env, `${prefix}_PRIVATE_KEY`, report);
  // A key that can't be read is not a missing one as well.
  if (!privateKeys) return undefined;
  checkKeys(`${prefix}_PRIVATE_KEY`, settings, privateKeys, report);
  if (isUnset(env[`${prefix}_CLIENT_SECRET`]) && needsSecret(settings, privateKeys)) {
    report(
      `${prefix}_CLIENT_SECRET`,
      'is missing',
      `Run \`npx wrangler secret put ${prefix}_CLIENT_SECRET\` (locally: \`.dev.vars\`). For a public client, set \`token_endpoint_auth_method = "none"\`.`,
    );
  }
  return clientId === undefined ? undefined : { clientId, clientSecret, privateKeys };
}

function textAt(env: Env, setting: string, report: Report): string | undefined {
  const faults: Fault[] = [];
  const text = readText(env, setting, faults);
  for (const { fault, hint } of faults) report(setting, fault, hint);
  return text;
}

function keysOf(env: Env, setting: string, report: Report): PrivateKeys | undefined {
  const text = textAt(env, setting, report);
  if (text === undefined && !isUnset(env[setting])) return undefined;
  const keys = readPrivateKeys(text);
  if (!('fault' in keys)) return keys;
  report(
    setting,
    keys.fault,
    `Create one with \`npm run key\`, then \`npx wrangler secret put ${setting}\`.`,
  );
  return undefined;
}

function needsSecret(settings: FilledSettings, keys: PrivateKeys): boolean {
  const { token_endpoint_auth_method: method, signed_client_secret } = settings;
  if (signed_client_secret) return false;
  return method === undefined ? keys.signing.length === 0 : method.startsWith('client_secret');
}

/** Checks that there is a key for everything that this client signs. */
function checkKeys(
  setting: string,
  settings: FilledSettings,
  { signing }: PrivateKeys,
  report: Report,
): void {
  const { token_endpoint_auth_method: method, request_object_signing_alg: alg } = settings;
  const needsKey = method === 'private_key_jwt' || settings.signed_client_secret || alg;
  if (needsKey && signing.length === 0) {
    report(
      setting,
      'is missing',
      `Run \`npm run key\` and \`npx wrangler secret put ${setting}\`, and register the key from /jwks at the provider.`,
    );
  }
  if (settings.profile === 'fapi2' && signing.some((key) => !FAPI2_ALGORITHMS.includes(key.alg))) {
    report(
      setting,
      'contains a key for an algorithm that the profile fapi2 forbids',
      `Create a key for one of ${FAPI2_ALGORITHMS.join(', ')} with \`npm run key\`.`,
    );
  }
  if (alg && signing.length > 0 && !signing.some((key) => key.alg === alg)) {
    report(
      setting,
      `contains no ${alg} key`,
      'Create a key for that algorithm, or change `request_object_signing_alg`.',
    );
  }
}
