import { dueAt } from '../../grants/freshness.ts';
import type { Grant } from '../../grants/grant.ts';
import type { Retries } from '../../grants/retries.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Session } from '../session.ts';

/** Background refreshes of a grant are this far apart at least, however short its tokens live. In seconds. */
const PAUSE_SECONDS = 60;
/** They are early by up to this share of the token's life, each session by its own. */
const SPREAD_SHARE = 0.1;

interface KeptFresh {
  readonly grant: Grant;
  readonly provider: Provider;
  /** When it is to be refreshed next, in seconds since the epoch. */
  readonly at: number;
}

/** The grants of a session that are refreshed without anyone asking: those of providers with `keep_fresh`. */
export function keptFresh(
  session: Session,
  settings: Pick<Settings, 'providers' | 'refreshMarginSeconds'>,
  retries: Pick<Retries, 'of'>,
): KeptFresh[] {
  return session.grants.flatMap((grant) => {
    const provider = settings.providers.get(grant.provider);
    const due = dueAt(grant, settings.refreshMarginSeconds);
    if (!provider?.keep_fresh || due === undefined) return [];
    const received = grant.refreshed_at ?? grant.issued_at;
    const early = spreadEarly(session.id, due - received);
    return [
      {
        grant,
        provider,
        at: Math.max(due - early, received + PAUSE_SECONDS, retries.of(provider.id)?.at ?? 0),
      },
    ];
  });
}

/**
 * How much earlier than due, in seconds. It follows from the session's id: sessions that began in one minute, after
 * an outage say, have periods of different lengths and so drift apart, and asking twice gives the same answer.
 */
function spreadEarly(id: string, life: number): number {
  let share = 0;
  for (const character of id) share = (share * 31 + character.charCodeAt(0)) % 65_536;
  return Math.floor((share / 65_536) * SPREAD_SHARE * life);
}
