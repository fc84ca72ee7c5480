import type { Config } from '../config.ts';
import type { Provider } from '../providers/provider.ts';
import { dueAt } from './freshness.ts';
import type { Retries } from './retries.ts';
import type { Grant, Session } from './session.ts';

/** Background refreshes of a grant are this far apart at least, however short its tokens live. In seconds. */
const PAUSE_SECONDS = 60;

interface KeptFresh {
  readonly grant: Grant;
  readonly provider: Provider;
  /** When it is to be refreshed next, in seconds since the epoch. */
  readonly at: number;
}

/** The grants of a session that are refreshed without anyone asking: those of providers with `keep_fresh`. */
export function keptFresh(session: Session, config: Config, retries: Retries): KeptFresh[] {
  return session.grants.flatMap((grant) => {
    const provider = config.providers.get(grant.provider);
    const due = dueAt(grant, config.refreshMarginSeconds);
    if (!provider?.keep_fresh || due === undefined) return [];
    const pause = (grant.refreshed_at ?? grant.issued_at) + PAUSE_SECONDS;
    return [{ grant, provider, at: Math.max(due, pause, retries.of(provider.id)?.at ?? 0) }];
  });
}
