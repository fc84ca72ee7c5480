import type { Context } from 'hono';
import { isSameUser } from '../../connections/connection.ts';
import { connectionsOf, listConnections } from '../../connections/directory.ts';
import { issuerOfUser } from '../../oauth/issuer.ts';
import { authorizationServer } from '../../oauth/metadata.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { resealCounts } from '../../objects/resealing.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { record } from './operator.ts';

/** Ends every connection of a user, and returns how many there were: 0 while connections are disabled. */
export async function endConnectionsOf(
  c: Context<AppEnv>,
  { provider = '', iss, sub }: { provider: string | undefined; iss: string | undefined; sub: string },
): Promise<number> {
  const { connections } = c.get('settings');
  if (!connections) return 0;
  const owner = { iss: iss ?? (await issuerAt(c, provider)), sub };
  let ended = 0;
  for await (const id of connectionsOf(connections.tokens, owner)) {
    const keeper = connections.keepers.getByName(id);
    // KV finds, objects decide.
    const connection = await keeper.inspect();
    if (connection && isSameUser(connection.owner, owner) && (await keeper.end('ended_by_operator'))) ended++;
  }
  return ended;
}

/** The issuer of the users of a provider, in its metadata's spelling. */
async function issuerAt(c: Context<AppEnv>, id: string): Promise<string> {
  const provider = c.get('settings').providers.get(id);
  if (!provider) return `provider:${id}`;
  try {
    const server = await authorizationServer(new ProviderRequests(provider, { record: false }));
    return issuerOfUser(provider, server, undefined);
  } catch {
    return provider.issuer ?? `provider:${id}`;
  }
}

/** `POST /admin/connections/reseal?cursor=`: re-encrypts a page of connections with the first secret. */
export async function resealConnections(c: Context<AppEnv>): Promise<Response> {
  const { tokens, keepers } = requireConnections(c);
  const { connections, cursor } = await listConnections(tokens, undefined, c.req.query('cursor'), 50);
  const results = await Promise.all(connections.map(({ id }) => keepers.getByName(id).reseal()));
  const facts = { connections: connections.length, ...resealCounts(results) };
  record(c, 'admin_resealed', facts);
  return c.json({ ...facts, ...(cursor !== undefined && { cursor }) });
}
