import { faultsOf, type HistoryEvent } from '../../grants/history.ts';
import type { Retry } from '../../grants/retries.ts';
import type { Kind } from '../../objects/kind.ts';
import type { ServerBindings } from '../../settings/platform-bindings.ts';
import type { Settings } from '../../settings/settings.ts';
import { asSession, type Session } from '../session.ts';
import { keptFresh } from './keep-fresh.ts';
import { indexKeys, metadataOf, recordKey } from './kv-copy.ts';

/** What the object of a session keeps. */
export interface KeptSession {
  readonly session: Session;
  /** The last refreshes and errors, the oldest first. */
  readonly history: readonly HistoryEvent[];
  /** When a provider that failed is asked again, by its id: a restart is no reason to ask. */
  readonly retries: Readonly<Record<string, Retry>>;
}

/** How a session is kept in the object of this name; `settings` are those of now. */
export function sessionKind(
  name: string,
  settings: () => Settings,
  before: Pick<KeptSession, 'history' | 'retries'>,
): Kind<KeptSession> {
  return {
    purpose: 'record',
    boundTo: recordKey(name),
    sealer: () => settings().sealer,
    tokens: () => (settings().server as ServerBindings).tokens,
    decode: (value) => decode(value, before),
    isOldForm: (value) => !isKept(value),
    shown: async ({ session, history }, kid) => {
      const goneAt = session.created_at + settings().sessionMaxSeconds;
      return {
        keys: [recordKey(name), ...(await indexKeys(session, name))],
        metadata: await metadataOf(session, { kid, goneAt, faults: faultsOf(history) }),
        goneAt,
      };
    },
    copiesValue: true,
    endsAt: ({ session }) => session.expires_at,
    wakeAt: ({ session, retries }) =>
      keptFresh(session, settings(), (id) => retries[id]).map(({ at }) => at * 1000),
    facts: { session: name.slice(0, 12) },
  };
}

function isKept(value: unknown): value is KeptSession {
  return typeof value === 'object' && value !== null && 'session' in value;
}

/** Version 0.1 only encrypted the session. */
function decode(value: unknown, before: Pick<KeptSession, 'history' | 'retries'>): KeptSession | undefined {
  const session = asSession(isKept(value) ? value.session : value);
  if (!session) return undefined;
  return isKept(value) ? { ...value, session } : { ...before, session };
}
