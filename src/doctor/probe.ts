import { base64url, exportJWK, generateKeyPair } from 'jose';
import { type AuthorizationServer, customFetch, genericTokenEndpointRequest } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { jsonObject } from '../exact-json.ts';
import { authorizationParameters, freshValues } from '../oauth/authorization-request.ts';
import { authenticationMethod, clientAuthentication } from '../oauth/client-authentication.ts';
import { METADATA_PLACES, metadataIn, requestMetadata } from '../oauth/discovery.ts';
import { proofOption, proofs, withNonce } from '../oauth/dpop.ts';
import { ProviderRefusal } from '../oauth/provider-answer.ts';
import { ProviderRequests } from '../oauth/provider-requests.ts';
import { deliverRequest, isPushed } from '../oauth/request-delivery.ts';
import { isAllowedEndpoint } from '../providers/allowed-url.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import { type Failure, networkFailure } from './network.ts';

/** What came back. `at` is when, in milliseconds since the epoch. */
export interface Answer {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly body: string;
  readonly at: number;
}

/** An answer, or why there is none. */
export type Outcome = Answer | { readonly url: string; readonly failure: Failure };

/** What a provider says when it is asked everything that a login would ask it. What was not asked is undefined. */
export interface ProviderFacts {
  readonly provider: Provider;
  readonly redirectUri: string;
  /** Settings over metadata. */
  readonly server: Partial<AuthorizationServer>;
  readonly discovery: Outcome | undefined;
  readonly keys: Outcome | undefined;
  /** The answer to a token request with a code that was never given. */
  readonly token: Outcome | undefined;
  /** The same from a client that has other credentials, where the provider found nothing but the code wrong. */
  readonly stranger: Outcome | undefined;
  /** The answer to an authorization request that may show no page (`prompt=none`). */
  readonly authorization: Outcome | undefined;
}

/** Nothing of a provider, for checks that need no network. */
export function factsOffline(provider: Provider, redirectUri: string): ProviderFacts {
  const nothing = {
    discovery: undefined,
    keys: undefined,
    token: undefined,
    stranger: undefined,
    authorization: undefined,
  };
  return { provider, redirectUri, server: provider.metadata, ...nothing };
}

/**
 * Asks a provider what a login would: metadata, keys, a token for a code that does not exist, and a login that
 * may show no page. With `standIns` for its secrets, checks that need them are skipped. Harmless: nobody is signed in,
 * and nothing is stored. Never throws.
 */
export async function probeProvider(
  provider: Provider,
  redirectUri: string,
  { standIns }: { standIns: boolean },
): Promise<ProviderFacts> {
  const requests = new ProviderRequests(provider, { record: false });
  const discovery = provider.discover ? await discover(requests) : undefined;
  const server = { ...metadataOf(discovery), ...provider.metadata };
  const named = serverNamed(provider, server);
  const openid = isOpenId(provider.scope);
  const [keys, token, authorization] = await Promise.all([
    openid && isSafe(server.jwks_uri, named) ? get(requests, server.jwks_uri) : undefined,
    !standIns && isSafe(server.token_endpoint, named) ? tryToken(requests, named, redirectUri) : undefined,
    openid && mayTryAuthorization(provider, named) && !(standIns && needsCredentials(provider, named))
      ? tryAuthorization(requests, named, redirectUri)
      : undefined,
  ]);
  const stranger = judgesCode(token) ? await tryAsStranger(provider, named, redirectUri) : undefined;
  return { provider, redirectUri, server, discovery, keys, token, stranger, authorization };
}

/** True if the provider found the code wrong, and nothing before it (RFC 6749 §5.2). */
function judgesCode(token: Outcome | undefined): boolean {
  return token !== undefined && 'body' in token && jsonObject(token.body)?.error === 'invalid_grant';
}

/**
 * Asks as a client with made-up credentials. If the provider still complains only about the code, it checks the code
 * first, and its answer says nothing about the credentials.
 */
async function tryAsStranger(
  provider: Provider,
  server: AuthorizationServer,
  redirectUri: string,
): Promise<Outcome | undefined> {
  if (provider.checks_code_first) return undefined;
  const stranger = await withOtherCredentials(provider, server);
  return tryToken(new ProviderRequests(stranger, { record: false }), server, redirectUri);
}

async function withOtherCredentials(provider: Provider, server: AuthorizationServer): Promise<Provider> {
  const [key] = provider.private_keys.signing;
  const method = authenticationMethod(provider, server);
  const signs = method === 'private_key_jwt' || provider.signed_client_secret !== undefined;
  const random = base64url.encode(crypto.getRandomValues(new Uint8Array(32)));
  if (method === 'none') return { ...provider, client: { ...provider.client, client_id: random } };
  if (!signs || key === undefined) return { ...provider, client_secret: random };
  const { privateKey } = await generateKeyPair(key.alg, { extractable: true });
  const { kid, alg } = key;
  const other = { ...(await exportJWK(privateKey)), alg, ...(kid !== undefined && { kid }) };
  return { ...provider, private_keys: { ...provider.private_keys, signing: [other] } };
}

function serverNamed(provider: Provider, server: Partial<AuthorizationServer>): AuthorizationServer {
  const issuer = provider.issuer ?? URL.parse(server.authorization_endpoint ?? '')?.origin ?? '';
  return { ...server, issuer };
}

/** No request, and no secret, goes to an address that the Worker itself would refuse. */
function isSafe(endpoint: string | undefined, { issuer }: AuthorizationServer): endpoint is string {
  return endpoint !== undefined && isAllowedEndpoint(endpoint, issuer);
}

function mayTryAuthorization(provider: Provider, server: AuthorizationServer): boolean {
  const { authorization_endpoint, pushed_authorization_request_endpoint: pushed } = server;
  if (isPushed(provider, server) && pushed === undefined) return false;
  return isSafe(authorization_endpoint, server) && (pushed === undefined || isSafe(pushed, server));
}

/** True if the authorization request itself proves who the client is. */
function needsCredentials(provider: Provider, server: AuthorizationServer): boolean {
  return isPushed(provider, server) || provider.request_object_signing_alg !== undefined;
}

/** The answer that a login would use, from whichever address; if there is none, the first that says what is wrong. */
async function discover(requests: ProviderRequests): Promise<Outcome> {
  const issuer = requests.provider.issuer as string;
  const outcomes: Outcome[] = [];
  for (const place of METADATA_PLACES) {
    const asked = { url: issuer };
    const options = requests.options('discovery', 'Doctor');
    const found = await outcome(asked, () =>
      requestMetadata(issuer, place, {
        ...options,
        [customFetch]: (url, init) => {
          asked.url = url;
          return options[customFetch](url, init);
        },
      }),
    );
    if ('body' in found && isMetadata(found, issuer)) return found;
    outcomes.push(found);
  }
  return outcomes.find((each) => 'failure' in each || each.status === 200) ?? (outcomes[0] as Outcome);
}

function isMetadata(answer: Answer, issuer: string): boolean {
  try {
    metadataIn(answer, issuer);
    return true;
  } catch {
    return false;
  }
}

/** The metadata as far as an answer holds any. */
function metadataOf(discovery: Outcome | undefined): Partial<AuthorizationServer> {
  if (!discovery || 'failure' in discovery || discovery.status !== 200) return {};
  return (jsonObject(discovery.body) ?? {}) as Partial<AuthorizationServer>;
}

function get(requests: ProviderRequests, url: string): Promise<Outcome> {
  const headers = { accept: 'application/json, text/html;q=0.5' };
  return outcome({ url }, () =>
    requests.options('discovery', 'Doctor')[customFetch](url, { method: 'GET', headers, redirect: 'manual' }),
  );
}

function tryToken(
  requests: ProviderRequests,
  server: AuthorizationServer,
  redirectUri: string,
): Promise<Outcome> {
  const { provider } = requests;
  return outcome({ url: server.token_endpoint as string }, async () => {
    const { code_verifier, state: code, dpop_key } = await freshValues(provider);
    const parameters = { ...provider.token_params, code, code_verifier, redirect_uri: redirectUri };
    const authentication = clientAuthentication(provider, server);
    const proof = proofOption(dpop_key && (await proofs(provider, dpop_key)));
    const options = { ...requests.options('token', 'Doctor'), ...proof };
    return withNonce(() =>
      genericTokenEndpointRequest(
        server,
        provider.client,
        authentication,
        'authorization_code',
        parameters,
        options,
      ),
    );
  });
}

function tryAuthorization(
  requests: ProviderRequests,
  server: AuthorizationServer,
  redirectUri: string,
): Promise<Outcome> {
  const { provider } = requests;
  return outcome({ url: server.authorization_endpoint as string }, async () => {
    const values = await freshValues(provider);
    const parameters = await authorizationParameters(provider, redirectUri, values, { prompt: 'none' });
    const url = await deliverRequest(requests, server, parameters, values.dpop_key);
    const init = { method: 'GET', headers: { accept: 'text/html' }, redirect: 'manual' };
    return requests.options('discovery', 'Doctor')[customFetch](url, init);
  });
}

/** What came of asking. `asked` holds the URL by then: it may only become known on the way. */
async function outcome(asked: { readonly url: string }, ask: () => Promise<Response>): Promise<Outcome> {
  try {
    const { status, headers, ...response } = await read(await ask());
    return { url: asked.url, status, headers, ...response };
  } catch (error) {
    if (error instanceof ProviderRefusal) return refusalAnswer(asked.url, error);
    return { url: asked.url, failure: failureOf(error) };
  }
}

/** A refusal as the RFCs have it, whatever form the provider gave it. */
function refusalAnswer(url: string, { status, headers, error, description }: ProviderRefusal): Answer {
  const body = JSON.stringify({ error, error_description: description });
  const isPolite = error !== undefined && status < 400;
  return { url, status: isPolite ? 400 : status, headers, body, at: Date.now() };
}

/** An error that a step of the login has already described stays unchanged. */
function failureOf(error: unknown): Failure {
  if (!(error instanceof DrawbridgeError) || error.code === 'provider_unreachable')
    return networkFailure(error);
  return { reason: `can’t be used: ${error.description}`, hint: error.hint, here: false };
}

async function read(response: Response) {
  const at = Date.now();
  return { status: response.status, headers: response.headers, body: await response.text(), at };
}
