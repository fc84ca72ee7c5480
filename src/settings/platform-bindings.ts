import type { Env, Fault } from './env.ts';
import type { SessionObjects } from './object-namespaces.ts';

/** The bindings that sessions on the server need. */
export interface ServerBindings {
  readonly tokens: KVNamespace;
  readonly keepers: SessionObjects;
}

/** Checks that both bindings are set, or neither. */
export function serverBindings({ TOKENS, SESSION_KEEPER }: Env, faults: Fault[]): ServerBindings | undefined {
  if (TOKENS === undefined && SESSION_KEEPER === undefined) return undefined;
  const bindings = [
    ['TOKENS', TOKENS, 'put', 'KV namespace'],
    ['SESSION_KEEPER', SESSION_KEEPER, 'getByName', 'Durable Object namespace'],
  ] as const;
  const before = faults.length;
  for (const [setting, binding, method, kind] of bindings) {
    if (isBinding(binding, method)) continue;
    const fault = binding === undefined ? `is missing: a ${kind}` : `is not a ${kind}`;
    faults.push({
      setting,
      fault,
      hint: 'Bind both `TOKENS` and `SESSION_KEEPER` as in `wrangler.toml`, or neither.',
    });
  }
  if (faults.length > before) return undefined;
  return { tokens: TOKENS as KVNamespace, keepers: SESSION_KEEPER as SessionObjects };
}

/** True if a platform binding has that method. */
export function isBinding(value: unknown, method: string): boolean {
  return typeof value === 'object' && value !== null && typeof Reflect.get(value, method) === 'function';
}

/** Finds limiters, which may be missing, that are something else: without an error, nothing would be limited. */
export function limiterFaults(env: Env): Fault[] {
  return ['LIMITER', 'FAILURE_LIMITER']
    .filter((setting) => env[setting] !== undefined && !isBinding(env[setting], 'limit'))
    .map((setting) => ({
      setting,
      fault: 'is not a rate-limit binding',
      hint: 'Bind it in `[[ratelimits]]` as in the sample `wrangler.toml`, or remove it.',
    }));
}

export function limiterOf(binding: unknown): RateLimit | undefined {
  return isBinding(binding, 'limit') ? (binding as RateLimit) : undefined;
}
