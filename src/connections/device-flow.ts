import { nowSeconds } from '../clock.ts';
import { sha256Hex } from '../crypto/hash.ts';
import { sameText } from '../crypto/same-text.ts';
import { DrawbridgeError, errorFrom } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { cleanLabel } from './connection.ts';
import type { ConnectionObject } from './connections.ts';
import { DEVICE_PREFIX, DEVICE_SECONDS, POLL_SECONDS, type ShownDevice } from './device.ts';
import { newSecret } from './key.ts';
import { newKey } from './new-key.ts';
import { readPolicy, requireUpstreams } from './policy.ts';
import { malformed } from './refusals.ts';
import { newUserCode, readUserCode, shownUserCode } from './user-code.ts';

export const DEVICE_CODE = 'urn:ietf:params:oauth:grant-type:device_code';
const CLIENT_ID = 'drawbridge-cli';
/** `dbd_`, the user code in lower case, a secret. */
const DEVICE_CODE_FORM = /^dbd_([a-z]{8})([a-z2-7]{52})$/;
const LONGEST_KEY_SECONDS = 31_536_000;
const LONGEST_SCOPE = 2000;
const SINGLE = ['client_id', 'scope', 'label', 'raw_tokens', 'upstreams', 'expires_in', 'device_code'];

/** What an object is named by that keeps a user code. */
export function deviceObject({ keepers }: ConnectionSettings, userCode: string): ConnectionObject {
  return keepers.getByName(DEVICE_PREFIX + userCode);
}

/**
 * Starts a device authorization (RFC 8628 §3.1). `verificationUri` is where the user types the code. Throws
 * `invalid_client`, `invalid_request`, `invalid_scope`.
 */
export async function startDevice(
  settings: ConnectionSettings,
  { providers, upstreams }: Pick<Settings, 'providers' | 'upstreams'>,
  parameters: URLSearchParams,
  verificationUri: string,
) {
  requireClient(parameters);
  const { provider, scope } = readScope(parameters.get('scope') ?? '', providers);
  const policy = readPolicy({
    upstreams: parameters.get('upstreams') ?? undefined,
    raw_tokens: readFlag(parameters.get('raw_tokens')),
  });
  requireUpstreams(policy, upstreams);
  const now = nowSeconds();
  const request = {
    provider: provider.id,
    scope,
    label: cleanLabel(parameters.get('label')) || 'A program without a name',
    raw_tokens: policy.raw_tokens,
    upstreams: policy.upstreams,
    key_seconds: readSeconds(parameters.get('expires_in') || undefined),
    created_at: now,
    expires_at: now + DEVICE_SECONDS,
  };
  const { device_code, userCode } = await withNewCodes(settings, request);
  return {
    request,
    response: {
      device_code,
      user_code: shownUserCode(userCode),
      verification_uri: verificationUri,
      expires_in: DEVICE_SECONDS,
      interval: POLL_SECONDS,
    },
  };
}

/** Keeps a request under a new user code, which also begins its device code. */
async function withNewCodes(settings: ConnectionSettings, request: ShownDevice) {
  const secret = newSecret();
  for (;;) {
    const userCode = newUserCode();
    const device_code = `dbd_${userCode.toLowerCase()}${secret}`;
    const hash = await sha256Hex(device_code);
    // Twice the same code is possible, and must not show one user the request of another.
    if (await deviceObject(settings, userCode).startDevice({ ...request, hash }))
      return { device_code, userCode };
  }
}

/**
 * A poll of the program (RFC 8628 §3.4). The key is made at the one poll that finds the approval, so that it is nowhere
 * before. Throws the errors of RFC 8628 §3.5, `invalid_client`, `invalid_grant`, `invalid_request`.
 */
export async function redeemDevice(settings: ConnectionSettings, parameters: URLSearchParams) {
  requireClient(parameters);
  const device_code = parameters.get('device_code');
  if (!device_code) throw malformed('`device_code` is missing.', 'device_code');
  const userCode = readUserCode(DEVICE_CODE_FORM.exec(device_code)?.[1] ?? '');
  if (userCode === undefined) throw new DrawbridgeError('invalid_grant', { detail: 'no device code' });
  const polled = await deviceObject(settings, userCode).pollDevice(await sha256Hex(device_code));
  if (polled.error === 'access_denied') {
    throw new DrawbridgeError('access_denied', {
      status: 400,
      description: polled.reason ?? 'The request was declined.',
      hint: 'Ask again, and have it approved.',
    });
  }
  if (polled.error !== undefined) throw new DrawbridgeError(polled.error);
  const { request, connection } = polled;
  const { label, raw_tokens, upstreams, key_seconds, provider } = request;
  const { key, text } = await newKey(connection, {
    label,
    policy: { raw_tokens, upstreams },
    seconds: key_seconds,
  });
  const { error, connection: changed } = await settings.keepers.getByName(connection).addKey(key);
  if (error) throw errorFrom({ ...error, code: 'invalid_grant' });
  return {
    connection,
    key: key.id,
    provider,
    response: {
      access_token: text,
      token_type: 'Bearer',
      ...(key_seconds !== undefined && { expires_in: key_seconds }),
      scope: [provider, changed?.scope ?? ''].join(' ').trim(),
      connection,
      provider,
      label,
      raw_tokens,
    },
  };
}

function requireClient(parameters: URLSearchParams): void {
  for (const name of SINGLE) {
    if (parameters.getAll(name).length > 1) throw malformed(`\`${name}\` was sent more than once.`, name);
  }
  if (sameText(parameters.get('client_id') ?? '', CLIENT_ID)) return;
  throw new DrawbridgeError('invalid_client', { detail: 'client_id' });
}

/** The provider's id, then the scopes to ask it for. */
function readScope(text: string, providers: ReadonlyMap<string, Provider>) {
  const [id = '', ...scopes] = text.split(/\s+/).filter(Boolean);
  const provider = providers.get(id);
  const scope = scopes.join(' ');
  if (!provider || scope.length > LONGEST_SCOPE || !/^[\x21\x23-\x5b\x5d-\x7e ]*$/.test(scope)) {
    throw new DrawbridgeError('invalid_scope', {
      description: '`scope` doesn’t begin with the id of a provider, or isn’t a list of scopes.',
      hint: `Send one of ${[...providers.keys()].map((each) => `\`${each}\``).join(', ')}, then the provider’s scopes.`,
      detail: 'scope',
    });
  }
  return { provider, scope: scope === '' ? undefined : scope };
}

function readFlag(text: string | null): boolean {
  if (text === null || text === '' || text === 'false') return false;
  if (text === 'true') return true;
  throw malformed('`raw_tokens` is neither true nor false.', 'raw_tokens');
}

function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^\d{1,9}$/.test(text) || seconds < 60 || seconds > LONGEST_KEY_SECONDS) {
    throw malformed('`expires_in` is not a number of seconds from 60 to a year.', 'expires_in');
  }
  return seconds;
}
