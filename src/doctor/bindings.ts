import type { StorageProbe } from '../sessions/directory.ts';
import type { Env } from '../settings/env.ts';
import { isBinding } from '../settings/platform-bindings.ts';
import { type Finding, findings } from './finding.ts';

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
  if (env.METRICS !== undefined) {
    found.push(
      isBinding(env.METRICS, 'writeDataPoint')
        ? ok('METRICS', 'gets one data point per event.')
        : warning(
            'METRICS',
            'is not an Analytics Engine dataset, so no data points are written.',
            'Bind it in `[[analytics_engine_datasets]]`, or remove it.',
          ),
    );
  }
  return found;
}

/** That connections have what they need is checked with the settings. */
function connectionFindings(env: Env): Finding[] {
  const { CONNECTIONS, TRUST } = env;
  if (CONNECTIONS === undefined || CONNECTIONS === '' || CONNECTIONS === 'off') {
    if (TRUST === undefined || TRUST === '') return [];
    return [
      warning(
        'TRUST',
        'does nothing, since connections are off.',
        'Set `CONNECTIONS` to `users` or `operators`, or remove it.',
      ),
    ];
  }
  return [
    ok('connections', `can be created by ${CONNECTIONS === 'users' ? 'users and operators' : 'operators'}.`),
  ];
}

/** Tries what sessions are stored in. */
export async function checkStorage(probes: readonly StorageProbe[]): Promise<Finding[]> {
  return Promise.all(
    probes.map(async ({ binding, success, failure, hint, run }) =>
      run().then(
        () => ok(binding, success),
        () => fault(binding, failure, hint),
      ),
    ),
  );
}
