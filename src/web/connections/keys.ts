import type { Context } from 'hono';
import type { Changed, ShownConnection } from '../../connections/connections.ts';
import { type NewKey, newKey } from '../../connections/new-key.ts';
import { DrawbridgeError, errorFrom } from '../../errors.ts';
import { log } from '../../log.ts';
import type { AppEnv } from '../app-env.ts';
import { newFlow, wantsJson } from '../errors/respond.tsx';
import { isFormType, readParameters } from '../form.ts';
import { href } from '../href.tsx';
import { changeFacts } from './change-facts.ts';
import { type Desk, namedConnection } from './desk.ts';
import { keepNewKey } from './new-key-cookie.ts';
import { keyWish, labelOf, overlapOf, requireKnownLimits } from './wishes.ts';

/** `POST /connections/:id/keys`: adds a key. */
export function addKey(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { connection, keeper } = await namedConnection(c, desk);
    const parameters = await readParameters(c);
    requireKnownLimits(parameters, 'key');
    const made = await newKey(connection.id, {
      label: labelOf(parameters),
      ...keyWish(parameters, c.get('settings')),
    });
    const changed = done(await keeper.addKey(made.key));
    log('key_added', { flow: newFlow(), ...changeFacts(desk, connection), key: made.key.id });
    return showKey(c, desk, changed, made);
  };
}

/** `POST /connections/:id/keys/:key/rotate`: a new key with the same policy; the old one works for another `overlap` seconds. */
export function rotateKey(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { connection, keeper } = await namedConnection(c, desk);
    const overlap = overlapOf(c.req.query('overlap') ?? (await overlapInForm(c)));
    const old = c.req.param('key') ?? '';
    const made = await newKey(connection.id, {
      label: '',
      policy: { raw_tokens: false },
      seconds: undefined,
    });
    const { id, hash } = made.key;
    const changed = done(await keeper.rotateKey(old, { id, hash }, overlap));
    log('key_added', { flow: newFlow(), ...changeFacts(desk, connection), key: id });
    return showKey(c, desk, changed, made);
  };
}

async function overlapInForm(c: Context<AppEnv>): Promise<string | undefined> {
  if (!isFormType(c)) return undefined;
  return (await readParameters(c)).get('overlap') ?? undefined;
}

/** `POST /connections/:id/keys/:key/end`: ends a key at once. */
export function endKey(desk: Desk) {
  return async (c: Context<AppEnv>): Promise<Response> => {
    desk.requireOwnPage(c);
    const { connection, keeper } = await namedConnection(c, desk);
    const key = c.req.param('key') ?? '';
    done(await keeper.endKey(key));
    log('key_ended', { flow: newFlow(), ...changeFacts(desk, connection), key });
    return wantsJson(c) ? c.json({ ended: key }) : c.redirect(href(c, `${desk.href}/${connection.id}`), 303);
  };
}

async function showKey(c: Context<AppEnv>, desk: Desk, connection: ShownConnection, { text, key }: NewKey) {
  if (wantsJson(c)) return c.json({ key: text, id: key.id, connection });
  await keepNewKey(c, connection.id, text);
  return c.redirect(href(c, `${desk.href}/${connection.id}`), 303);
}

function done({ connection, error }: Changed): ShownConnection {
  if (error) throw errorFrom(error);
  if (!connection) throw new DrawbridgeError('not_found');
  return connection;
}
