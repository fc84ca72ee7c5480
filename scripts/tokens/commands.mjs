import { Refusal } from '../refusal.ts';
import { printable } from '../terminal.mjs';
import { connections, end } from './connections.mjs';
import { exportAll, limitOf, reseal } from './long.mjs';
import { facts, moment, table } from './print.mjs';

const SHORT_ID = 12;

/** What each command does: asks the API, and returns what to print, for people and for programs. */
export const COMMANDS = {
  list,
  show,
  reveal,
  refresh,
  revoke,
  logins,
  connections,
  end,
  reseal,
  export: exportAll,
};

async function list(ask, words, { provider, sub, expiring, failed, limit = '50' }) {
  if (words.length > 0)
    throw new Refusal('`list` takes filters as options: --provider, --sub, --expiring.', 2);
  const query = { provider, sub, expiring, ...(failed && { failed: '1' }) };
  const body = { sessions: await upTo(ask, '/sessions', query, limitOf(limit), 'sessions') };
  const rows = body.sessions.map((session) => [
    session.id.slice(0, SHORT_ID),
    session.sub ?? 'unknown',
    (session.grants ?? []).map((grant) => grant.provider).join(' '),
    (session.grants ?? []).map((grant) => grant.scope).join(' | '),
    moment(session.expires_at),
    Object.entries(session.faults ?? {})
      .map((fault) => fault.join(': '))
      .join(' '),
  ]);
  const head = ['SESSION', 'SUBJECT', 'GRANTS', 'SCOPE', 'UNTIL (UTC)', 'ERRORS'];
  return { body, text: rows.length > 0 ? table(head, rows) : 'No stored session matches.' };
}

async function show(ask, ids) {
  const body = await ask('GET', `/sessions/${oneId(ids)}`);
  return { body, text: sessionText(body) };
}

async function reveal(ask, ids, { provider }) {
  const { id, claims, ...rest } = await ask('POST', `/sessions/${oneId(ids)}/reveal`, { provider });
  const text = facts([['session', id], ...Object.entries(rest), ['claims', JSON.stringify(claims)]]);
  return { body: { id, ...rest, claims }, text };
}

async function refresh(ask, ids, { provider }) {
  const body = await ask('POST', `/sessions/${oneId(ids)}/refresh`, { provider });
  return { body, text: `Refreshed.\n\n${sessionText(body)}` };
}

async function revoke(ask, ids, { provider, sub }) {
  const isUser = sub !== undefined && provider !== undefined && ids.length === 0;
  if (!isUser && (sub !== undefined || ids.length === 0)) {
    throw new Refusal('Give an ID, or a user by both --provider and --sub.', 2);
  }
  if (!isUser) {
    const body = await ask('POST', `/sessions/${oneId(ids)}/revoke`);
    return {
      body,
      text: `Ended ${body.id.slice(0, SHORT_ID)}; its tokens are revoked where the provider can.`,
    };
  }
  const body = await ask('POST', '/sessions/revoke', { provider, sub });
  return {
    body,
    text: printable(
      `Ended ${body.sessions} sessions and ${body.connections ?? 0} connections of ${sub} at ${provider}.`,
    ),
  };
}

async function logins(ask, flows, { provider, failed, limit = '50' }) {
  if (flows.length > 1) throw new Refusal('Give one flow id.', 2);
  const query = { flow: flows[0], provider, ...(failed && { outcome: 'failed' }) };
  const body = { logins: await upTo(ask, '/logins', query, limitOf(limit), 'logins') };
  const rows = body.logins.map((login) => [
    moment(login.at),
    login.flow,
    login.provider,
    login.outcome === 'finished' ? `session ${login.session.slice(0, SHORT_ID)}` : login.error,
    login.outcome === 'finished' ? (login.sub ?? '') : (login.detail ?? ''),
  ]);
  const head = ['WHEN (UTC)', 'FLOW', 'PROVIDER', 'OUTCOME', 'DETAIL'];
  return {
    body,
    text: rows.length > 0 ? table(head, rows) : 'No stored login matches. The log has all of them.',
  };
}

/** As many as are wanted, however many pages they come on. */
async function upTo(ask, path, query, limit, member) {
  const found = [];
  let cursor;
  do {
    const page = await ask('GET', path, { ...query, cursor, limit: Math.min(limit - found.length, 1000) });
    found.push(...page[member]);
    cursor = page.cursor;
  } while (cursor !== undefined && found.length < limit);
  return found;
}

function oneId(ids) {
  if (ids.length !== 1) throw new Refusal('Give the ID of one session. `list` shows them.', 2);
  return encodeURIComponent(ids[0].toLowerCase());
}

function sessionText(session) {
  const head = facts([
    ['session', session.id],
    ['subject', `${session.sub ?? 'unknown'} at ${session.provider}`],
    ['since', `${moment(session.created_at)} UTC`],
    ['until', `${moment(session.expires_at)} UTC, extended while in use`],
    ['claims held', session.claims.join(', ') || 'none'],
    ['size', `${session.bytes} bytes encrypted`],
  ]);
  const grants = table(
    ['GRANT', 'SCOPE', 'ACCESS TOKEN UNTIL', 'REFRESH TOKEN', 'REFRESHED'],
    session.grants.map((grant) => [
      grant.provider,
      grant.scope,
      moment(grant.expires_at) || 'not stated',
      grant.refreshable ? 'stored' : 'none',
      grant.refresh_count === 1 ? '1 time' : `${grant.refresh_count} times`,
    ]),
  );
  const timeline = table(
    ['WHEN (UTC)', 'EVENT', 'PROVIDER', 'DETAIL'],
    session.timeline.map(({ at, event, provider, error, detail, times, flow }) => [
      moment(at),
      event,
      provider,
      [flow && `flow ${flow}`, error, detail, times && `${times} times in a row`].filter(Boolean).join(', '),
    ]),
  );
  return [head, grants, timeline].join('\n\n');
}
