import type { ServerBindings } from '../settings/settings.ts';
import { indexPrefix } from './durable-object/kv-copy.ts';
import type { Ending, Session } from './session.ts';

/** Whose sessions: a user, which is a provider and a `sub`. */
export interface User {
  readonly provider: string;
  readonly sub: string;
}

/** A session of the user in any browser; `id` is the hash of its id, which opens nothing. */
export interface OwnSession {
  readonly id: string;
  readonly session: Session;
}

/** Each costs a call of its object. */
const MOST_SHOWN = 50;
const ID = /^[0-9a-f]{64}$/;

/**
 * The sessions of a user, 50 at most, the latest of them first; `more` is true if there are others. Found by the index in KV, which may miss one of the last minute; the objects
 * say what each is, so one that has ended is not among them.
 */
export async function sessionsOf(
  { tokens, keepers }: ServerBindings,
  user: User,
): Promise<{ readonly sessions: readonly OwnSession[]; readonly more: boolean }> {
  const prefix = await indexPrefix({ ...user, sid: undefined });
  const { keys, list_complete } = await tokens.list({ prefix, limit: MOST_SHOWN });
  const found = await Promise.all(
    keys.map(async ({ name }) => {
      const id = name.slice(prefix.length);
      const inspected = await keepers.getByName(id).inspect();
      return inspected && isOf(inspected.session, user) ? [{ id, session: inspected.session }] : [];
    }),
  );
  const sessions = found.flat().sort((a, b) => b.session.created_at - a.session.created_at);
  return { sessions, more: !list_complete };
}

/** Ends a session of the user, and returns what it was; undefined, and nothing ends, if it is none of theirs. */
export async function endSessionOf(
  { keepers }: ServerBindings,
  user: User,
  id: string,
  ending: Ending,
): Promise<Session | undefined> {
  if (!ID.test(id)) return undefined;
  const keeper = keepers.getByName(id);
  // The object alone says whose it is: an id that somebody else has seen ends nothing.
  const inspected = await keeper.inspect();
  if (!inspected || !isOf(inspected.session, user)) return undefined;
  await keeper.end(ending);
  return inspected.session;
}

function isOf({ grants }: Session, { provider, sub }: User): boolean {
  return grants.some((grant) => grant.provider === provider && grant.sub === sub);
}
