import { DrawbridgeError } from '../errors.ts';
import type { Caller } from './caller.ts';
import { readChallenge } from './challenge.ts';
import type { ForwardSettings } from './context.ts';
import { challengedScope, scopeToAskFor } from './scope.ts';
import { type Outgoing, send } from './send.ts';
import { type Attached, attachToken, keepNonce, scopeMissing, signInNeeded } from './token.ts';

/**
 * Sends a request with its token. If the upstream does not take the token, it is refreshed and the request sent once
 * more, or the user is asked for what the upstream says is missing.
 *
 * Throws `login_required`, `insufficient_scope`, `upstream_unreachable`, `upstream_timeout`.
 */
export async function sendWithToken(
  outgoing: Outgoing,
  headers: Headers,
  token: Attached | undefined,
  caller: Caller,
  settings: ForwardSettings,
): Promise<Response> {
  if (!token) return send(outgoing, headers);
  const response = await sendProven(outgoing, headers, token);
  refuseForStepUp(outgoing, response, token, caller, settings);
  if (response.status !== 401) return response;
  const renewed = await newToken(outgoing, token, caller);
  if (!renewed || !outgoing.body.isReplayable) return response;
  await response.body?.cancel();
  const second = await sendProven(outgoing, headers, renewed);
  refuseForStepUp(outgoing, second, renewed, caller, settings);
  return second;
}

/** Sends with the token, and once more if the upstream wants a nonce in the proof (RFC 9449 §9). */
async function sendProven(outgoing: Outgoing, headers: Headers, token: Attached): Promise<Response> {
  const { upstream, body } = outgoing;
  await attachToken(headers, token, outgoing);
  const response = await send(outgoing, headers);
  if (!token.grant.dpop_key || !keepNonce(upstream, response) || !body.isReplayable) return response;
  await response.body?.cancel();
  await attachToken(headers, token, outgoing);
  const second = await send(outgoing, headers);
  keepNonce(upstream, second);
  return second;
}

/**
 * Another token than the one that was refused; undefined if there is none to be had now, so that the upstream's own
 * answer is passed on. Throws `login_required` once the grant has ended.
 */
async function newToken(
  { upstream }: Outgoing,
  { provider, grant }: Attached,
  caller: Caller,
): Promise<Attached | undefined> {
  try {
    const newest = await caller.rejected(provider);
    if (!newest) throw signInNeeded(caller, provider, upstream);
    return newest.access_token === grant.access_token ? undefined : { provider, grant: newest };
  } catch (error) {
    if (!(error instanceof DrawbridgeError)) throw error;
    if (error.code !== 'login_required' && error.code !== 'not_signed_in') return undefined;
    throw error.context.loginUrl === undefined ? signInNeeded(caller, provider, upstream, error) : error;
  }
}

/** Turns a challenge that no refresh can meet into a link to a sign-in that does. */
function refuseForStepUp(
  { upstream }: Outgoing,
  response: Response,
  { provider, grant }: Attached,
  caller: Caller,
  { upstreams }: ForwardSettings,
): void {
  if (response.status !== 401 && response.status !== 403) return;
  const { error, scope, acr_values, max_age } = readChallenge(response);
  let refusal: DrawbridgeError | undefined;
  if (error === 'insufficient_scope') {
    const missing = challengedScope(provider, upstream, grant.scope, scope);
    if (missing.length > 0) {
      const wanted = scopeToAskFor(provider, upstreams, grant.scope, missing);
      refusal = scopeMissing(caller, provider, wanted, missing);
    }
  }
  // RFC 9470 §3
  if (error === 'insufficient_user_authentication') {
    refusal = new DrawbridgeError('login_required', {
      description: 'The API asks for a stronger or a more recent sign-in.',
      detail: 'insufficient_user_authentication',
    }).with({
      loginUrl: caller.signInUrl({ provider: provider.id, acr_values, max_age }),
      provider: provider.id,
    });
  }
  if (!refusal) return;
  response.body?.cancel().catch(() => undefined);
  throw refusal;
}
