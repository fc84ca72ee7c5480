import { cleanLabel } from '../../connections/connection.ts';
import { type KeyPolicy, readPolicy, requireUpstreams } from '../../connections/policy.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { Settings } from '../../settings/settings.ts';

export const DAY_SECONDS = 86_400;
/** The old key works for another day after a rotation, unless the request says otherwise. */
const OVERLAP_SECONDS = DAY_SECONDS;
const MOST_DAYS = 3650;

const KEY_PARAMETERS = ['label', 'upstreams', 'methods', 'paths', 'raw_tokens', 'key_days'];
/** Those of device authorization, beside what RFC 8628 §3.1 has. */
const DEVICE_PARAMETERS = ['label', 'upstreams', 'raw_tokens', 'expires_in', 'scope'];
const CONNECTION_PARAMETERS = [...KEY_PARAMETERS, 'provider', 'scope', 'expires_in_days', 'iss', 'sub'];
const PARAMETERS = {
  key: KEY_PARAMETERS,
  device: DEVICE_PARAMETERS,
  connection: CONNECTION_PARAMETERS,
} as const;
/** What a name says that means to limit something, whatever it is called here. */
const LIMIT = /expir|ttl|days|seconds|method|path|upstream|scope|raw/i;

/**
 * Refuses a limit under a name that is not known here: left out, the key could do more than whoever asks for it believes.
 * Throws `invalid_request`.
 */
export function requireKnownLimits(parameters: URLSearchParams, kind: keyof typeof PARAMETERS): void {
  const known: readonly string[] = PARAMETERS[kind];
  const unknown = [...parameters.keys()].find((name) => LIMIT.test(name) && !known.includes(name));
  if (unknown === undefined) return;
  throw new DrawbridgeError('invalid_request', {
    description: `A ${kind === 'device' ? 'key for a device' : kind} takes no parameter of that name, so the parameter would limit nothing.`,
    hint: `Use these: ${known.map((name) => `\`${name}\``).join(', ')}.`,
    detail: `unknown parameter ${unknown}`,
  });
}

/** What the new key is to be good for, and for how long. Throws `invalid_request`. */
export function keyWish(
  parameters: URLSearchParams,
  { upstreams }: Pick<Settings, 'upstreams'>,
): { policy: KeyPolicy; seconds: number | undefined } {
  const days = daysOf(parameters, 'key_days');
  const policy = readPolicy({
    upstreams: parameters.getAll('upstreams'),
    methods: parameters.getAll('methods'),
    paths: parameters.getAll('paths'),
    raw_tokens: flagOf(parameters, 'raw_tokens'),
  });
  requireUpstreams(policy, upstreams);
  return { policy, seconds: days === undefined ? undefined : days * DAY_SECONDS };
}

const FLAGS: ReadonlyMap<string, boolean> = new Map([
  ...['true', '1', 'on'].map((text) => [text, true] as const),
  ...['false', '0', 'off', ''].map((text) => [text, false] as const),
]);

/** A box that is ticked, or what a program writes for one. Throws `invalid_request`. */
function flagOf(parameters: URLSearchParams, name: string): boolean {
  const flag = FLAGS.get(parameters.get(name) ?? '');
  if (flag === undefined) throw malformed(`\`${name}\` is neither true nor false.`, name);
  return flag;
}

/** Throws `invalid_request` if there is none. */
export function labelOf(parameters: URLSearchParams): string {
  const label = cleanLabel(parameters.get('label'));
  if (label !== '') return label;
  throw malformed('`label`, the name of the connection or key, is missing.', 'label');
}

/** Undefined if none is named. Throws `invalid_request`. */
export function scopeOf(parameters: URLSearchParams): string | undefined {
  const scope = (parameters.get('scope') ?? '').trim().replace(/\s+/g, ' ');
  if (scope.length > 2000) throw malformed('`scope` is too long.', 'scope');
  return scope === '' ? undefined : scope;
}

/** A whole number of days; undefined if it is not there. Throws `invalid_request`. */
export function daysOf(parameters: URLSearchParams, name: string): number | undefined {
  const text = parameters.get(name) ?? '';
  if (text === '') return undefined;
  const days = Number(text);
  if (!/^\d{1,4}$/.test(text) || days < 1 || days > MOST_DAYS) {
    throw malformed(`\`${name}\` is not a number of days from 1 to ${MOST_DAYS}.`, name);
  }
  return days;
}

/** How long the old key works after a rotation, in seconds. Throws `invalid_request`. */
export function overlapOf(text: string | undefined): number {
  if (text === undefined) return OVERLAP_SECONDS;
  if (!/^\d{1,7}$/.test(text)) throw malformed('`overlap` is not a number of seconds.', 'overlap');
  return Number(text);
}

function malformed(description: string, detail: string): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description,
    hint: 'Correct it and send it again.',
    detail,
  });
}
