import { bytesOfBase64 } from '../crypto/base64.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { Env, Fault } from './env.ts';
import type { ConnectionObjects } from './object-namespaces.ts';
import { readText } from './setting-names.ts';
import { readTrust, type TrustEntry } from './trust-table.ts';

/** What connections need. Undefined while `CONNECTIONS` is `off`. */
export interface ConnectionSettings {
  /** Who may create connections. Operators always may. */
  readonly for: 'operators' | 'users';
  readonly keepers: ConnectionObjects;
  /** KV is the index of connections. The Durable Objects are authoritative. */
  readonly tokens: KVNamespace;
  readonly trust: readonly TrustEntry[];
  readonly events: EventsSettings | undefined;
}

/** Where events about connections are sent. */
export interface EventsSettings {
  readonly url: string;
  /** The bytes of each secret. Each one signs, so that secrets can be rotated. */
  readonly secrets: readonly Uint8Array<ArrayBuffer>[];
}

/** The names of the settings that are read here. */
export const CONNECTION_SETTING_NAMES = ['CONNECTIONS', 'TRUST', 'EVENTS_URL', 'EVENTS_SECRET'] as const;

const SECRET_BYTES = { least: 24, most: 64 };

/** Reads the settings for connections. Undefined if they are off or something is wrong. */
export function readConnections(env: Env, faults: Fault[]): ConnectionSettings | undefined {
  const before = faults.length;
  const wanted = readText(env, 'CONNECTIONS', faults) ?? 'off';
  const trust = readTrust(env, faults);
  const events = readEvents(env, faults);
  if (wanted !== 'off' && wanted !== 'operators' && wanted !== 'users') {
    faults.push({
      setting: 'CONNECTIONS',
      fault: 'is not one of off, operators, users',
      hint: 'Say who may create connections, or remove the setting.',
    });
  }
  if (wanted !== 'operators' && wanted !== 'users') return undefined;
  const keepers = bindingOf(env, 'CONNECTION_KEEPER', 'getByName', 'Durable Object namespace', faults);
  const tokens = bindingOf(env, 'TOKENS', 'put', 'KV namespace', faults);
  if (faults.length > before) return undefined;
  return Object.freeze({
    for: wanted,
    keepers: keepers as ConnectionObjects,
    tokens: tokens as KVNamespace,
    trust,
    events,
  });
}

function bindingOf(env: Env, setting: string, method: string, kind: string, faults: Fault[]): unknown {
  const binding = env[setting];
  const isThere =
    typeof binding === 'object' && binding !== null && typeof Reflect.get(binding, method) === 'function';
  if (isThere) return binding;
  // Already reported for sessions.
  if (!faults.some((fault) => fault.setting === setting)) {
    faults.push({
      setting,
      fault: binding === undefined ? `is missing: a ${kind}` : `is not a ${kind}`,
      hint: 'Connections need it: bind it as in `wrangler.toml`, or set `CONNECTIONS` to `off`.',
    });
  }
  return undefined;
}

function readEvents(env: Env, faults: Fault[]): EventsSettings | undefined {
  const before = faults.length;
  const url = readText(env, 'EVENTS_URL', faults);
  const secret = readText(env, 'EVENTS_SECRET', faults);
  if (faults.length > before || (url === undefined && secret === undefined)) return undefined;
  const hint = 'Set both `EVENTS_URL` and `EVENTS_SECRET`, or neither.';
  if (url === undefined || secret === undefined) {
    faults.push({ setting: url === undefined ? 'EVENTS_URL' : 'EVENTS_SECRET', fault: 'is missing', hint });
    return undefined;
  }
  if (!isAllowedUrl(url)) {
    faults.push({
      setting: 'EVENTS_URL',
      fault: 'is not an https URL without a user name (plain http is allowed for loopback hosts only)',
      hint: 'Write it as `https://app.example.com/events`.',
    });
  }
  const secrets = secret.split(',').map((each) => secretBytes(each.trim()));
  const all = secrets.filter((bytes) => bytes !== undefined);
  if (all.length < secrets.length) {
    faults.push({
      setting: 'EVENTS_SECRET',
      fault: 'is not `whsec_` followed by 24 to 64 bytes in base64',
      hint: 'Create one with `echo "whsec_$(openssl rand -base64 32)"`.',
    });
  }
  return { url, secrets: all };
}

/** Standard Webhooks: base64 after `whsec_`. */
function secretBytes(text: string): Uint8Array<ArrayBuffer> | undefined {
  if (!text.startsWith('whsec_')) return undefined;
  try {
    const bytes = bytesOfBase64(text.slice('whsec_'.length));
    const isRight = bytes.length >= SECRET_BYTES.least && bytes.length <= SECRET_BYTES.most;
    return isRight ? bytes : undefined;
  } catch {
    return undefined;
  }
}
