import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import type { ConnectionKey } from '../../connections/connection.ts';
import type { ConnectionObject } from '../../connections/connections.ts';
import { deviceObject } from '../../connections/device-flow.ts';
import { newConnectionId } from '../../connections/key.ts';
import { newKey } from '../../connections/new-key.ts';
import type { ConnectionWish } from '../../connections/wish.ts';
import { sha256Hex } from '../../crypto/hash.ts';
import { DrawbridgeError, errorFrom } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import { log } from '../../log.ts';
import { refreshTokenHint } from '../../oauth/provider-hints.ts';
import type { Provider } from '../../providers/provider.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { AppEnv } from '../app-env.ts';
import { href } from '../href.tsx';
import { requireConnections } from './connections-on.ts';
import { ADMIN_DESK, type Desk, USER_DESK } from './desk.ts';
import { keepNewKey } from './new-key-cookie.ts';

/**
 * The session that began a consent must be the one that comes back, before anything is asked of the provider. Throws
 * `state_mismatch`.
 */
export async function requireSameSession(c: Context<AppEnv>, { session }: ConnectionWish): Promise<void> {
  if (session === undefined) return;
  const current = await c.get('sessions').read();
  // protects: session of a consent
  if (current && (await sha256Hex(current.id)) === session) return;
  throw new DrawbridgeError('state_mismatch', {
    description: 'You signed out or switched accounts while connecting.',
    hint: 'Sign in and start again.',
    detail: 'the consent was started in another session',
  });
}

/** Where the consent was requested, and where it returns to. */
export function deskOf({ session }: ConnectionWish): Desk {
  return session === undefined ? ADMIN_DESK : USER_DESK;
}

/** What came back from the provider, for a connection. */
interface Consent {
  readonly provider: Provider;
  readonly grant: Grant;
  /** What was asked for. */
  readonly scope: string;
  readonly flow: string;
}

/**
 * Stores the grant of a consent in its own connection, and returns where the browser goes. Throws
 * `no_offline_access` for a grant that would end by itself, `forbidden` for another account than before,
 * `expired_token` for a user code that has expired.
 */
export async function finishConsent(
  c: Context<AppEnv>,
  wish: ConnectionWish,
  consent: Consent,
): Promise<string> {
  const settings = requireConnections(c);
  await requireLasting(c, settings, wish, consent);
  const desk = deskOf(wish);
  if (wish.reconnect !== undefined) {
    await reconnect(settings.keepers.getByName(wish.reconnect), wish.reconnect, consent);
    return href(c, `${desk.href}/${wish.reconnect}`);
  }
  const id = newConnectionId();
  const made = wish.key && (await newKey(id, { label: wish.label, ...wish.key }));
  await create(c, settings, { id, wish, consent, keys: made ? [made.key] : [] });
  if (wish.device !== undefined) {
    await approveDevice(settings, wish, id, wish.device, consent);
    return href(c, `${desk.href}/${id}?approved=1`);
  }
  if (made) await keepNewKey(c, id, made.text);
  return href(c, `${desk.href}/${id}`);
}

/** A connection as it was wished for, with the consent that came for it. */
interface NewConsent {
  readonly id: string;
  readonly wish: ConnectionWish;
  readonly consent: Consent;
  readonly keys: readonly ConnectionKey[];
}

async function create(
  c: Context<AppEnv>,
  { keepers }: ConnectionSettings,
  { id, wish, consent, keys }: NewConsent,
): Promise<void> {
  const { owner, label, expires_at } = wish;
  const { provider, grant, scope, flow } = consent;
  const { error } = await keepers.getByName(id).create({
    id,
    owner,
    home: c.get('origin') + href(c, ''),
    provider: provider.id,
    label,
    scope,
    created_at: nowSeconds(),
    expires_at,
    grant,
    keys,
  });
  if (error) throw errorFrom(error);
  log('connection_created', { flow, connection: id.slice(0, 12), provider: provider.id });
}

async function reconnect(
  keeper: ConnectionObject,
  id: string,
  { provider, grant, scope, flow }: Consent,
): Promise<void> {
  const { error } = await keeper.reconnect(grant, scope);
  if (error) throw errorFrom(error);
  log('connection_reconnected', { flow, connection: id.slice(0, 12), provider: provider.id });
}

async function approveDevice(
  settings: ConnectionSettings,
  { owner }: ConnectionWish,
  id: string,
  userCode: string,
  { provider, flow }: Consent,
): Promise<void> {
  const approved = { kind: 'approved', connection: id, by: owner } as const;
  if (await deviceObject(settings, userCode).decideDevice(approved)) {
    log('device_approved', { flow, connection: id.slice(0, 12), provider: provider.id });
    return;
  }
  await settings.keepers.getByName(id).end('expired');
  throw new DrawbridgeError('expired_token', {
    hint: 'Start again in the program that showed you the code.',
  });
}

/** A grant that ends with its access token would be a connection for an hour. Its tokens are revoked. */
async function requireLasting(
  c: Context<AppEnv>,
  settings: ConnectionSettings,
  wish: ConnectionWish,
  { provider, grant, flow }: Consent,
): Promise<void> {
  // protects: lasting access
  if (grant.refresh_token !== undefined || grant.expires_at === undefined) return;
  // Where one revocation ends every grant of a user, it would end that of this very session.
  if (provider.revocation === 'token') await revokeGrants(c.get('settings'), [grant], { flow });
  const error = new DrawbridgeError('no_offline_access', { hint: refreshTokenHint(provider) });
  if (wish.device !== undefined) {
    const denied = { kind: 'denied', reason: error.description } as const;
    await deviceObject(settings, wish.device).decideDevice(denied);
  }
  throw error;
}
