import { isLoopback } from '../providers/allowed-url.ts';
import type { Env, Fault } from './env.ts';
import { isOn } from './setting-names.ts';

/**
 * Pure: INSPECT serves tokens to whoever signs in, so at a public https origin it is an error, unless a second setting
 * allows it. `origin` is `PUBLIC_ORIGIN`, or the origin or URL of a request: each is judged for itself, since a Worker
 * may be reached by others than the one that is set.
 */
export function inspectFaults(env: Env, origin: unknown): Fault[] {
  if (!isOn(env.INSPECT) || isOn(env.DANGEROUSLY_INSPECT_IN_PUBLIC) || !isPublic(origin)) return [];
  return [
    {
      setting: 'INSPECT',
      fault: 'is on at a public address, where it shows everyone who signs in their tokens',
      hint: 'Set `INSPECT = false`. For a Worker whose accounts are worth nothing, set `DANGEROUSLY_INSPECT_IN_PUBLIC = true` as well.',
    },
  ];
}

function isPublic(origin: unknown): boolean {
  const url = typeof origin === 'string' ? URL.parse(origin.trim()) : null;
  return url !== null && url.protocol === 'https:' && !isLoopback(url.hostname);
}
