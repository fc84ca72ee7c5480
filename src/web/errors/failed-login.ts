import { waitUntil } from 'cloudflare:workers';
import type { Context } from 'hono';
import type { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { clientAddress, Guesses } from '../middleware/limits.ts';

/** Nobody can use up the daily KV writes by failing on purpose; the log has the failures left out here. */
const fromOneAddress = new Guesses({ perSeconds: 600 });
const MOST_FROM_ONE_ADDRESS = 10;
const fromAll = new Guesses({ perSeconds: 3600 });
const MOST_FROM_ALL = 100;

interface LoginContext {
  readonly flow: string;
  readonly provider: string;
  /** Where a new start goes. */
  readonly retry: string | undefined;
}

/**
 * The error with what the user needs to continue, and what the operator needs to find it. Where sessions are on the
 * server, the failure is stored there for the operator after the response is sent, so it adds no latency and no call of an
 * object.
 */
export function failedLogin(
  c: Context<AppEnv>,
  error: DrawbridgeError,
  { flow, provider, retry }: LoginContext,
): DrawbridgeError {
  const { reach } = c.get('sessions');
  const now = Date.now();
  const address = clientAddress(c);
  if (
    reach &&
    !fromOneAddress.areSpent(address, MOST_FROM_ONE_ADDRESS, now) &&
    !fromAll.areSpent('all', MOST_FROM_ALL, now)
  ) {
    fromOneAddress.count(address, now);
    fromAll.count('all', now);
    const failure = { provider, at: Math.floor(now / 1000), ...error.facts };
    const kept = reach.logins.keepFailed(flow, failure);
    waitUntil(kept.catch((cause: unknown) => log('kv_login_failed', { flow, detail: String(cause) })));
  }
  return error.with({ flow, login: true, provider, retry });
}
