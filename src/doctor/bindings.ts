import type { Env } from '../settings/env.ts';
import type { ServerBindings } from '../settings/settings.ts';
import { type Finding, findings } from './finding.ts';

/** KV deletes the probe by itself after this time, the shortest that it takes, in seconds. */
const PROBE_TTL_SECONDS = 60;

const { ok, warning, fault } = findings('bindings');

const ADD_LIMITER = 'Add the `[[ratelimits]]` table of the sample `wrangler.toml`.';

/** Says what is bound. That `TOKENS` and `SESSION_KEEPER` go together is checked with the settings. */
export function checkBindings(env: Env): Finding[] {
  const found: Finding[] = [];
  if (env.TOKENS !== undefined && env.SESSION_KEEPER !== undefined) {
    found.push(ok('sessions', 'are stored in Durable Objects, with a copy in KV.'));
  } else if (env.TOKENS === undefined && env.SESSION_KEEPER === undefined) {
    found.push(ok('sessions', 'are encrypted in cookies: neither `TOKENS` nor `SESSION_KEEPER` is bound.'));
  }
  found.push(...connectionFindings(env));
  found.push(
    env.LIMITER === undefined
      ? warning('LIMITER', 'is not bound, so the number of requests per address is not limited.', ADD_LIMITER)
      : ok('LIMITER', 'limits requests per client address.'),
    env.FAILURE_LIMITER === undefined
      ? warning('FAILURE_LIMITER', 'is not bound, so failed logins per address are not limited.', ADD_LIMITER)
      : ok('FAILURE_LIMITER', 'limits failed requests per client address.'),
  );
  if (env.METRICS !== undefined) found.push(ok('METRICS', 'gets one data point per event.'));
  return found;
}

/** That connections have what they need is checked with the settings. */
function connectionFindings(env: Env): Finding[] {
  const { CONNECTIONS } = env;
  if (CONNECTIONS === undefined || CONNECTIONS === 'off') return [];
  return [
    ok('connections', `can be made by ${CONNECTIONS === 'users' ? 'users and operators' : 'operators'}.`),
  ];
}

/** Tries the storage: one short-lived key written to KV, one object asked. */
export async function checkStorage({ tokens, keepers }: ServerBindings): Promise<Finding[]> {
  return [
    await attempt(
      'TOKENS',
      'can be written.',
      'Sessions work, but their copies can’t be listed. Check the namespace’s id and your daily write quota.',
      async () => {
        const key = `doctor:${crypto.randomUUID()}`;
        await tokens.put(key, '', { expirationTtl: PROBE_TTL_SECONDS });
        await tokens.delete(key);
      },
    ),
    await attempt(
      'SESSION_KEEPER',
      'answers.',
      'No one can sign in. Check that `[exports.SessionKeeper]` is in `wrangler.toml`, and deploy again.',
      () => keepers.getByName('doctor').inspect(),
    ),
  ];
}

async function attempt(
  check: string,
  success: string,
  hint: string,
  work: () => Promise<unknown>,
): Promise<Finding> {
  try {
    await work();
    return ok(check, success);
  } catch {
    return fault(check, `can’t be ${check === 'TOKENS' ? 'written' : 'asked'}.`, hint);
  }
}
