import type { ConnectionWish } from '../connections/wish.ts';
import { authorizationParameters, type FreshValues, freshValues } from '../oauth/authorization-request.ts';
import { authorizationServer } from '../oauth/metadata.ts';
import type { ProviderRequests } from '../oauth/provider-requests.ts';
import { deliverRequest } from '../oauth/request-delivery.ts';
import { blankUrl, type Step } from '../oauth/steps.ts';
import { ATTEMPT_SECONDS, type LoginAttempt } from './attempt.ts';
import type { Asked } from './policy.ts';

/** A request to start a login. */
export interface LoginRequest {
  /** As allowed by `withinPolicy`. */
  readonly asked: Asked;
  readonly redirectUri: string;
  /** As allowed by `judgeReturnTo`. */
  readonly returnTo: string | undefined;
  /** The id of the session that the grant is added to. */
  readonly connect: string | undefined;
  /** The connection that this login is for. No session starts. */
  readonly connection: ConnectionWish | undefined;
  /** The id of the session to end when this login has finished, if the session cookie may be missing then. */
  readonly replacing: string | undefined;
  /** With INSPECT: the values of the request that was shown on the page, so that exactly this request is sent. */
  readonly prepared: FreshValues | undefined;
  readonly flow: string;
}

/**
 * Starts a login at the provider of `requests`: returns the URL to send the browser to (RFC 6749 §4.1.1), and the attempt
 * that `finishLogin` needs when it comes back. `steps` are the requests sent, to show with INSPECT.
 * Throws `provider_unreachable`, `provider_error`.
 */
export async function startLogin(
  requests: ProviderRequests,
  request: LoginRequest,
): Promise<{ url: string; attempt: LoginAttempt; steps: readonly Step[] }> {
  const { provider } = requests;
  const { asked, prepared, redirectUri } = request;
  const values = prepared ?? (await freshValues(provider));
  const server = await authorizationServer(requests);
  // The form shows every parameter, so nothing else is added.
  const source = prepared ? { ...provider, authorization_params: {} } : provider;
  const sent = await authorizationParameters(source, redirectUri, values, asked);
  const url = await deliverRequest(requests, server, sent, values.dpop_key);
  const now = Date.now();
  const attempt: LoginAttempt = {
    state: values.state,
    nonce: sent.lasting.nonce ? values.nonce : undefined,
    code_verifier: provider.pkce ? values.code_verifier : undefined,
    dpop_key: values.dpop_key,
    scope: asked.scope,
    max_age: asked.max_age,
    acr_values: asked.acr_values,
    provider: provider.id,
    issuer: server.issuer,
    redirect_uri: redirectUri,
    return_to: request.returnTo,
    connect: request.connect,
    connection: request.connection,
    replacing: request.replacing,
    flow: request.flow,
    expires_at: now / 1000 + ATTEMPT_SECONDS,
  };
  return { url, attempt, steps: requests.records ? [...requests.steps, redirectStep(url, now)] : [] };
}

function redirectStep(url: string, at: number): Step {
  const request = { method: 'GET', url: blankUrl(url), headers: {} };
  return { title: 'Authorization request', at, request, note: 'Sent by the browser, as a redirect.' };
}
