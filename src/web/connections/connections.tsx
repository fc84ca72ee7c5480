import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { cleanLabel, isSameUser } from '../../connections/connection.ts';
import { listConnections } from '../../connections/directory.ts';
import type { User } from '../../connections/user.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href, showPage } from '../href.tsx';
import { changeFacts } from './change-facts.ts';
import { ConnectionPage } from './connection-page.tsx';
import { requireConnections } from './connections-on.ts';
import { type Desk, namedConnection } from './desk.ts';
import { ConnectionsPage, type Prefilled } from './list-page.tsx';
import { takeNewKey } from './new-key-cookie.ts';
import { consentTargets, startConsent } from './start-consent.ts';
import { upstreamChoices } from './upstream-choices.ts';
import { DAY_SECONDS, daysOf, keyWish, labelOf, requireKnownLimits, scopeOf } from './wishes.ts';

/** How many connections a user may have. */
const MOST_CONNECTIONS = 40;

/** `GET /connections`, `GET /admin/connections`: what programs may use. */
export function connectionsPage(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { owner } = await desk.asker(c);
    const { tokens } = requireConnections(c);
    const page = await listConnections(tokens, desk.isAdmin ? undefined : owner, c.req.query('cursor'));
    if (wantsJson(c)) return c.json(page);
    return list(c, desk, { ...page, isForm: false });
  };
}

/** `GET /connections/new`: only the form, filled in by a link. The link may be for one user (`iss`, `sub`). */
export function newConnectionPage(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { owner } = await desk.asker(c);
    const query = new URL(c.req.url).searchParams;
    requireAddressee(query, owner);
    return list(c, desk, { connections: [], cursor: undefined, isForm: true });
  };
}

function list(
  c: Context<AppEnv>,
  desk: Desk,
  { connections, cursor, isForm }: Awaited<ReturnType<typeof listConnections>> & { isForm: boolean },
): Response | Promise<Response> {
  const providers = [...c.get('settings').providers.values()];
  c.set('formTargets', consentTargets(providers));
  const { provider = '', label = '', scope = '', iss = '', sub = '' } = c.req.query();
  const prefilled: Prefilled = { provider, label: cleanLabel(label), scope: cleanLabel(scope), iss, sub };
  return showPage(
    c,
    <ConnectionsPage
      href={desk.href}
      isAdmin={desk.isAdmin}
      connections={connections.map(({ owner, provider: id, ...connection }) => ({
        ...connection,
        displayName: c.get('settings').providers.get(id)?.display_name ?? id,
        ...(desk.isAdmin && { owner: owner ? `${owner.sub} at ${owner.iss}` : 'this service' }),
      }))}
      next={cursor}
      providers={providers}
      upstreams={upstreamChoices(c.get('settings'))}
      prefilled={prefilled}
      isForm={isForm}
    />,
  );
}

/** `POST /connections`: begins the consent that makes a connection, and with it a first key. */
export function createConnection(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { owner, session } = await desk.asker(c);
    const parameters = await readParameters(c);
    requireAddressee(parameters, owner);
    const provider = c.get('settings').providers.get(parameters.get('provider') ?? '');
    if (!provider) throw new DrawbridgeError('unknown_provider');
    if (owner) await requireRoom(c, owner);
    requireKnownLimits(parameters, 'connection');
    const days = daysOf(parameters, 'expires_in_days');
    return startConsent(c, provider, scopeOf(parameters), {
      owner,
      session,
      label: labelOf(parameters),
      key: keyWish(parameters, c.get('settings')),
      ...(days !== undefined && { expires_at: nowSeconds() + days * DAY_SECONDS }),
    });
  };
}

/** `GET /connections/:id`: one connection; a key that was just created is shown this once. */
export function connectionPage(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    const { connection } = await namedConnection(c, desk);
    // A HEAD shows nobody anything.
    const key = c.req.method === 'GET' ? await takeNewKey(c, connection.id) : undefined;
    if (wantsJson(c)) return c.json({ ...connection, ...(key !== undefined && { key }) });
    const provider = c.get('settings').providers.get(connection.provider);
    c.set('formTargets', consentTargets(provider ? [provider] : []));
    return showPage(
      c,
      <ConnectionPage
        href={`${desk.href}/${connection.id}`}
        listHref={desk.href}
        isAdmin={desk.isAdmin}
        connection={connection}
        displayName={provider?.display_name ?? connection.provider}
        upstreams={upstreamChoices(c.get('settings'))}
        newKey={key}
        approved={c.req.query('approved') === '1'}
      />,
    );
  };
}

/** `POST /connections/:id/reconnect`: a new consent for a connection; its keys stay valid. */
export function reconnectConnection(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { asker, connection } = await namedConnection(c, desk);
    const provider = c.get('settings').providers.get(connection.provider);
    if (!provider) throw new DrawbridgeError('unknown_provider');
    const { owner, label, id, scope } = connection;
    const { session } = asker;
    return startConsent(c, provider, scope || undefined, { owner, session, label, reconnect: id });
  };
}

/** `POST /connections/:id/end`: ends a connection and all its keys, and revokes its tokens. */
export function endConnection(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { connection, keeper } = await namedConnection(c, desk);
    await keeper.end(desk.isAdmin ? 'ended_by_operator' : 'ended_by_owner');
    log('connection_ended', { flow: newFlow(), ...changeFacts(desk, connection) });
    return wantsJson(c) ? c.json({ ended: connection.id }) : c.redirect(href(c, desk.href), 303);
  };
}

/** A link that asks for a connection names who is to make it: it connects nobody else's account. Throws `forbidden`. */
function requireAddressee(parameters: URLSearchParams, owner: User | null): void {
  const iss = parameters.get('iss') ?? '';
  const sub = parameters.get('sub') ?? '';
  if (iss === '' && sub === '') return;
  // protects: links that ask for a connection
  if (isSameUser(owner, { iss, sub })) return;
  throw new DrawbridgeError('forbidden', {
    title: 'This link is for somebody else',
    description: 'This link was made for another user.',
    hint: 'If it was meant for you, sign in with the account it was made for.',
    detail: 'link for another user',
  });
}

async function requireRoom(c: Context<AppEnv>, owner: User): Promise<void> {
  const { tokens } = requireConnections(c);
  const { connections } = await listConnections(tokens, owner, undefined);
  if (connections.length < MOST_CONNECTIONS) return;
  throw new DrawbridgeError('invalid_request', {
    description: `You have ${MOST_CONNECTIONS} connections, which is the limit.`,
    hint: 'End one that you no longer use, then try again.',
    detail: 'too many connections',
  });
}
