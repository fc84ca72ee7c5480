import type { Context } from 'hono';
import { NOT_A_KEY } from '../../connections/key.ts';
import { KeyCaller } from '../../connections/key-caller.ts';
import type { RelayRequest } from '../../connections/policy.ts';
import { type Claim, claimOfKey, claimsOfJwt } from '../../connections/present.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { ConnectionSettings } from '../../settings/connection-settings.ts';
import type { Upstream } from '../../settings/upstream.ts';
import { forward } from '../../upstreams/forward.ts';
import type { Match } from '../../upstreams/path.ts';
import type { AppEnv } from '../app-env.ts';
import { requireConnections } from '../connections/connections-on.ts';
import { newFlow } from '../errors/respond.tsx';
import { href } from '../href.tsx';
import { countFailure } from '../middleware/limits.ts';
import { requested } from '../upstreams/forward-browser.ts';

const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/**
 * `/relay/<upstream>/<path>`: a program's request goes to an upstream, with the access token of its connection in place of
 * its key. The key is in `Authorization` and nowhere else (RFC 6750 §2.1).
 */
export async function relay(c: Context<AppEnv>): Promise<Response> {
  const settings = requireConnections(c);
  const flow = newFlow();
  try {
    const claims = await claimsOf(c, settings);
    const { match, publicPath } = matchOf(c);
    const caller = await admit(settings, claims, relayRequest(c, match));
    const context = { settings: c.get('settings'), origin: c.get('origin'), publicPath, flow };
    const sentAt = Date.now();
    const response = await forward(c.req.raw, match, caller, context);
    c.set('forwarded', { duration_ms: Date.now() - sentAt });
    return response.webSocket ? response : c.newResponse(response.body, response);
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    // Only wrong keys are limited, since anyone can send them.
    if (error.code === 'invalid_token') await countFailure(c, 'relay', error);
    throw error.with({ flow, upstream: c.req.param('upstream') });
  }
}

/** What is presented. Throws `invalid_token`, `temporarily_unavailable`. */
async function claimsOf(c: Context<AppEnv>, settings: ConnectionSettings): Promise<readonly Claim[]> {
  const authorization = c.req.header('authorization');
  const token = BEARER.exec(authorization ?? '')?.[1];
  if (token === undefined) throw noBearer(authorization);
  // A JWT has dots, a key has none.
  if (token.includes('.')) return claimsByJwt(settings, token);
  const claim = await claimOfKey(token);
  if (!claim) {
    const hint = 'Send the whole key as `Authorization: Bearer dbk_…`.';
    throw new DrawbridgeError('invalid_token', { description: NOT_A_KEY, hint, detail: 'no such key' });
  }
  return [claim];
}

function noBearer(authorization: string | undefined): DrawbridgeError {
  return new DrawbridgeError('invalid_token', {
    description: authorization
      ? 'The `Authorization` header is not `Bearer` and a key.'
      : 'The request has no `Authorization` header.',
    hint: 'Send the key as `Authorization: Bearer dbk_…`; no other header, query or cookie is looked at.',
    detail: 'no key',
  });
}

async function claimsByJwt(settings: ConnectionSettings, token: string): Promise<readonly Claim[]> {
  try {
    return await claimsOfJwt(settings, token);
  } catch (error) {
    if (!(error instanceof DrawbridgeError) || error.code !== 'invalid_request') throw error;
    const { description, hint, detail = 'no trusted JWT' } = error;
    throw new DrawbridgeError('invalid_token', { description, hint, detail, cause: error });
  }
}

/** The upstream whose id is in the path, and the rest of the path, unchanged. */
function matchOf(c: Context<AppEnv>): { match: Match; publicPath: string } {
  const { path, search } = requested(c.req.raw.url);
  const base = href(c, '/relay/');
  const below = path.startsWith(base) ? path.slice(base.length) : '';
  const end = below.indexOf('/');
  const id = end === -1 ? below : below.slice(0, end);
  const upstream = c.get('settings').upstreams.find((each) => each.id === id);
  if (!upstream) {
    throw new DrawbridgeError('not_found', {
      description: 'There is no upstream with this name.',
      hint: 'Send the request to `/relay/<upstream>/<path>`, where `<upstream>` is an id in `UPSTREAMS`.',
      detail: 'no such upstream',
    });
  }
  return {
    match: { upstream, rest: end === -1 ? '' : below.slice(end + 1), search },
    publicPath: `${base}${id}/`,
  };
}

function relayRequest(c: Context<AppEnv>, { upstream, rest }: Match): RelayRequest {
  return { upstream: upstream.id, provider: providerOf(upstream), method: c.req.method, path: `/${rest}` };
}

/** Whose token the upstream gets; undefined if it gets none. */
function providerOf({ provider, token }: Upstream): string | undefined {
  return token === 'none' ? undefined : provider;
}

/** The first of the claims whose policy allows the request. */
async function admit(
  settings: ConnectionSettings,
  claims: readonly Claim[],
  request: RelayRequest,
): Promise<KeyCaller> {
  let refusal = new DrawbridgeError('invalid_token', { detail: 'nothing presented' });
  for (const claim of claims) {
    const admitted = await KeyCaller.admit(settings, claim, request);
    if (admitted instanceof KeyCaller) return admitted;
    refusal = admitted;
    if (refusal.code !== 'not_allowed') break;
  }
  throw refusal;
}
