import { freshAt } from '../../grants/freshness.ts';
import type { Grant } from '../../grants/grant.ts';
import type { Retry } from '../../grants/retries.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Settings } from '../../settings/settings.ts';
import type { Session } from '../session.ts';

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
  retryOf: (provider: string) => Retry | undefined,
): KeptFresh[] {
  return session.grants.flatMap((grant) => {
    const provider = settings.providers.get(grant.provider);
    if (!provider?.keep_fresh) return [];
    const margin = settings.refreshMarginSeconds;
    const at = freshAt(grant, { margin, seed: session.id, retry: retryOf(provider.id) });
    return at === undefined ? [] : [{ grant, provider, at }];
  });
}
