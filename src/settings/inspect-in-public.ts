import { isLoopback } from '../providers/allowed-url.ts';
import type { Env, Fault } from './env.ts';
import { isOn } from './setting-names.ts';

/**
 * Pure: INSPECT shows tokens to everyone who signs in, so at a public https origin it is an error, unless a second
 * setting allows it. `origin` is `PUBLIC_ORIGIN`, or the origin or URL of a request. Both are checked, since a Worker
 * may be reachable at other addresses too.
 */
export function inspectFaults(env: Env, origin: unknown): Fault[] {
  if (!isOn(env.INSPECT) || isOn(env.DANGEROUSLY_INSPECT_IN_PUBLIC) || !isPublic(origin)) return [];
  return [
    {
      setting: 'INSPECT',
      fault: 'is enabled at a public address, where it shows everyone who signs in their tokens',
      hint: 'Set `INSPECT = false`. If the accounts are only for testing, set `DANGEROUSLY_INSPECT_IN_PUBLIC = true` as well.',
    },
  ];
}

function isPublic(origin: unknown): boolean {
  const url = typeof origin === 'string' ? URL.parse(origin.trim()) : null;
  return url !== null && url.protocol === 'https:' && !isLoopback(url.hostname);
}
