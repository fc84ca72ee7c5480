import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { ATTEMPT_SECONDS, wasTaken } from '../../login/attempt.ts';
import type { FreshValues } from '../../oauth/authorization-request.ts';
import type { AppEnv } from '../app-env.ts';
import { requireOwnPage } from '../middleware/own-page.ts';

type Prepared = FreshValues & { readonly expires_at: number };

/** INSPECT: the values of the request that the login page shows, sealed for its form. */
export function sealPrepared(c: Context<AppEnv>, values: FreshValues): Promise<string> {
  const prepared: Prepared = { ...values, expires_at: nowSeconds() + ATTEMPT_SECONDS };
  return c.get('settings').sealer.seal('prepared', prepared);
}

/**
 * The values that the request shown on the login page holds, so that what is sent is what was shown. Only the
 * page itself may bring them: a link from elsewhere would name a state that its author knows (login CSRF).
 */
export async function takePrepared(c: Context<AppEnv>, sealed: string): Promise<FreshValues | undefined> {
  const { inspect, sealer } = c.get('settings');
  if (!inspect) return undefined;
  requireOwnPage(c);
  const prepared = (await sealer.open('prepared', sealed)) as Prepared | undefined;
  if (!prepared || prepared.expires_at <= Date.now() / 1000) return undefined;
  // A form sent again after its login has come back: every login has a state of its own (RFC 9700 §4.7.1).
  return wasTaken(prepared.state) ? undefined : prepared;
}
