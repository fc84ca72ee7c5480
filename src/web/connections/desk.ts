import type { Context } from 'hono';
import { isSameUser } from '../../connections/connection.ts';
import type { ConnectionObject, ShownConnection } from '../../connections/connections.ts';
import { isConnectionId } from '../../connections/key.ts';
import type { User } from '../../connections/user.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';
import { href } from '../href.tsx';
import { requireOwnPage } from '../middleware/own-page.ts';
import { notSignedIn } from '../user/current-session.ts';
import { requireConnections } from './connections-on.ts';

/** Who manages connections here: a user their own, or an operator all of them. */
export interface Asker {
  /** Whose the connections are that they make; null: the service's. */
  readonly owner: User | null;
  /** The hash of the session that must come back from a consent; undefined for an operator. */
  readonly session: string | undefined;
  /** Names them where guesses are counted: a user in all of their sessions. */
  readonly name: string;
}

/** One of the two places to manage connections: `/connections` and `/admin/connections`. */
export interface Desk {
  /** Where its pages are, below the base path. */
  readonly href: string;
  /** Where user codes are typed. */
  readonly device: string;
  readonly isAdmin: boolean;
  asker(c: Context<AppEnv>): Promise<Asker>;
  /** Refuses a change that no page of ours asks for. Throws `forbidden`. */
  requireOwnPage(c: Context<AppEnv>): void;
}

/** A user's own connections. They can't see those of others. */
export const USER_DESK: Desk = {
  href: '/connections',
  device: '/device',
  isAdmin: false,
  // protects: pages of our own change connections
  requireOwnPage,
  async asker(c) {
    // protects: connections for operators alone
    if (requireConnections(c).for !== 'users') throw new DrawbridgeError('not_found');
    const session = await c.get('sessions').read();
    if (!session) throw notSignedIn(c);
    const { iss, sub } = session;
    if (sub === undefined) {
      throw new DrawbridgeError('not_found', {
        description: 'The service you signed in with doesn’t say who you are, so you can’t have connections.',
        hint: 'Sign in another way.',
      });
    }
    const [hash, name] = await Promise.all([session.id, JSON.stringify([iss, sub])].map(sha256Hex));
    return { owner: { iss, sub }, session: hash, name: name as string };
  },
};

/** Every connection, for operators, who have passed `requireOperator`; those they make are the service's own. */
export const ADMIN_DESK: Desk = {
  href: '/admin/connections',
  device: '/admin/device',
  isAdmin: true,
  // `requireOperator` has seen to it, and lets programs with the admin token pass.
  requireOwnPage: () => undefined,
  async asker(c) {
    requireConnections(c);
    return { owner: null, session: undefined, name: `operator ${c.get('operator')}` };
  },
};

/** A connection that the asker may work with. */
export interface Named {
  readonly asker: Asker;
  readonly connection: ShownConnection;
  readonly keeper: ConnectionObject;
}

/** The connection that the path names. Throws `not_found` if there is none, or it is somebody else's. */
export async function namedConnection(c: Context<AppEnv>, desk: Desk): Promise<Named> {
  const asker = await desk.asker(c);
  const id = c.req.param('id') ?? '';
  if (!isConnectionId(id)) throw noSuchConnection(c, desk);
  const keeper = requireConnections(c).keepers.getByName(id);
  const connection = await keeper.inspect();
  // protects: owner of a connection
  if (!connection || !(desk.isAdmin || isSameUser(connection.owner, asker.owner)))
    throw noSuchConnection(c, desk);
  return { asker, connection, keeper };
}

function noSuchConnection(c: Context<AppEnv>, desk: Desk): DrawbridgeError {
  const { isAdmin } = desk;
  return new DrawbridgeError('not_found', {
    title: 'No such connection',
    description: isAdmin
      ? 'There is no connection with this id, or it has ended.'
      : 'This account has no such connection, or the connection has ended.',
    hint: isAdmin
      ? 'Give the whole id, as the list shows it.'
      : 'Sign in with the account that owns it, or go to your connections.',
  }).with({ retry: href(c, desk.href) });
}
