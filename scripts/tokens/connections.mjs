import { Refusal } from '../refusal.ts';
import { limitOf } from './long.mjs';
import { facts, moment, table } from './print.mjs';

/** What programs may use: all connections, or one. */
export async function connections(ask, ids, { limit = '50' }) {
  if (ids.length > 0) return one(ask, ids);
  const found = [];
  let cursor;
  do {
    const page = await ask('GET', '/connections', { cursor });
    found.push(...page.connections);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limitOf(limit));
  const body = { connections: found.slice(0, limitOf(limit)) };
  const rows = body.connections.map((connection) => [
    connection.id,
    connection.label,
    connection.provider,
    ownerText(connection.owner),
    connection.state === 'active' ? 'active' : `must be reconnected: ${connection.reason ?? ''}`,
    moment(connection.last_used_at) || 'never',
  ]);
  const head = ['CONNECTION', 'LABEL', 'PROVIDER', 'OWNER', 'STATE', 'LAST USED (UTC)'];
  return { body, text: rows.length > 0 ? table(head, rows) : 'There is no connection.' };
}

/** Ends a connection and all its keys. */
export async function end(ask, ids) {
  const body = await ask('POST', `/connections/${oneId(ids)}/end`);
  return { body, text: `Ended ${body.ended}; its keys no longer work.` };
}

async function one(ask, ids) {
  const body = await ask('GET', `/connections/${oneId(ids)}`);
  const head = facts([
    ['connection', body.id],
    ['label', body.label],
    ['owner', ownerText(body.owner)],
    ['provider', body.provider],
    ['scope', body.scope],
    ['state', body.state],
    ['reason', body.reason],
    ['since', `${moment(body.since)} UTC`],
    ['ends', moment(body.expires_at) || 'when it is ended'],
  ]);
  const keys = table(
    ['KEY', 'LABEL', 'RAW TOKENS', 'UPSTREAMS', 'LAST USED (UTC)', 'UNTIL (UTC)'],
    body.keys.map((key) => [
      key.id,
      key.label,
      key.policy.raw_tokens ? 'yes' : 'no',
      (key.policy.upstreams ?? ['all of its provider']).join(' '),
      moment(key.last_used_at) || 'never',
      moment(key.expires_at) || 'the connection ends',
    ]),
  );
  return { body, text: `${head}\n\n${keys}` };
}

function ownerText(owner) {
  return owner ? `${owner.sub ?? 'unknown'} at ${owner.iss}` : 'this service';
}

function oneId(ids) {
  if (ids.length !== 1) throw new Refusal('Give the ID of one connection. `connections` shows them.', 2);
  return encodeURIComponent(ids[0].toLowerCase());
}
