import { nowSeconds } from '../clock.ts';
import { DrawbridgeError } from '../errors.ts';
import { log } from '../log.ts';
import { isAllowed } from '../providers/allow.ts';
import type { Upstream } from '../settings/upstream.ts';
import { ASSERTION_HEADER, signAssertion } from './assertion.ts';
import { requestBody } from './body.ts';
import type { Caller } from './caller.ts';
import type { ForwardContext, ForwardSettings } from './context.ts';
import { addIdentityHeaders } from './identity-headers.ts';
import { checkPath, type Match, targetUrl } from './path.ts';
import { forwardedHeaders } from './request-headers.ts';
import { returnedResponse } from './response.ts';
import type { Outgoing } from './send.ts';
import { sendWithToken } from './send-with-token.ts';
import { signInNeeded, tokenFor } from './token.ts';
import { isWebSocket } from './websocket.ts';

/**
 * Forwards a request to an upstream for whoever asks, and returns the response as the client may have it: the one
 * engine behind every front door. Who may come through that door at all, such as pages of which origin, is decided
 * before.
 *
 * Throws `invalid_request`, `method_not_allowed`, `not_signed_in`, `not_allowed`, `login_required`,
 * `insufficient_scope`, `upstream_unreachable`, `upstream_timeout`, and what a refresh throws.
 */
export async function forward(
  request: Request,
  match: Match,
  caller: Caller,
  context: ForwardContext,
): Promise<Response> {
  const { upstream } = match;
  const startedAt = Date.now();
  checkPath(match);
  requireMethod(upstream, request);
  requireUser(upstream, caller, context.settings);
  const isUpgrade = requestsWebSocket(upstream, request);
  const token = await tokenFor(upstream, caller, context.settings);
  const url = targetUrl(match, context.origin);
  const { onSend } = context;
  const outgoing: Outgoing = {
    upstream,
    url,
    onSend: onSend && ((sent) => onSend(url, sent)),
    method: request.method,
    body: await requestBody(request, token !== undefined),
  };
  const headers = await outgoingHeaders(request, upstream, caller, context.settings, isUpgrade);
  const sentAt = Date.now();
  const response = await sendWithToken(outgoing, headers, token, caller, context.settings);
  const answeredAt = Date.now();
  log('request_forwarded', {
    flow: context.flow,
    upstream: upstream.id,
    provider: token?.provider.id,
    method: request.method,
    status: response.status,
    duration_ms: answeredAt - startedAt,
    upstream_ms: answeredAt - sentAt,
    ...caller.facts,
  });
  return returnedResponse(outgoing, response, caller, context);
}

function requireMethod({ methods }: Upstream, { method }: Request): void {
  if (methods.includes(method)) return;
  throw new DrawbridgeError('method_not_allowed', { allow: methods });
}

/** Throws `not_signed_in`, `not_allowed`. */
function requireUser(upstream: Upstream, caller: Caller, { providers }: ForwardSettings): void {
  const { identity } = caller;
  if (!identity) {
    // Nobody can be allowed by a claim, and nobody has a token.
    if (upstream.session === 'optional' && !upstream.allow) return;
    throw signInNeeded(caller, providers.get(upstream.provider ?? ''), upstream);
  }
  // protects: allow
  if (!upstream.allow || isAllowed(upstream.allow, identity, providers.get(identity.provider))) return;
  throw new DrawbridgeError('not_allowed');
}

/** True for a request to open a WebSocket. Throws `invalid_request` where there is none to open. */
function requestsWebSocket(upstream: Upstream, request: Request): boolean {
  if (!isWebSocket(request.headers)) return false;
  if (upstream.websocket && request.method === 'GET') return true;
  throw new DrawbridgeError('invalid_request', {
    description: 'This address doesn’t accept WebSockets.',
    hint: 'Set `websocket = true` for this upstream.',
    detail: `${upstream.id}: an upgrade without \`websocket\``,
  });
}

/** Every header but those of the token: the client's, then ours over them. */
async function outgoingHeaders(
  request: Request,
  upstream: Upstream,
  { identity, isBrowser }: Caller,
  { providers, publicOrigin, assertionKeys }: ForwardSettings,
  isUpgrade: boolean,
): Promise<Headers> {
  const headers = forwardedHeaders(upstream, request.headers, isBrowser);
  const provider = identity && providers.get(identity.provider);
  addIdentityHeaders(headers, upstream, identity, provider);
  if (isUpgrade) {
    headers.set('upgrade', 'websocket');
    const protocol = request.headers.get('sec-websocket-protocol');
    if (protocol !== null) headers.set('sec-websocket-protocol', protocol);
  }
  if (upstream.assertion && identity && publicOrigin !== undefined) {
    const now = nowSeconds();
    const options = { keys: assertionKeys, issuer: publicOrigin, provider, now };
    headers.set(ASSERTION_HEADER, await signAssertion(upstream, identity, options));
  }
  return headers;
}
