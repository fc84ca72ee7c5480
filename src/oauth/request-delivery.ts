import type { JWK } from 'jose';
import {
  type AuthorizationServer,
  issueRequestObject,
  modifyAssertion,
  processPushedAuthorizationResponse,
  pushedAuthorizationRequest,
} from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import {
  type AuthorizationParameters,
  allParameters,
  authorizationUrl,
  urlWith,
} from './authorization-request.ts';
import { clientAuthentication, withAudienceHint } from './client-authentication.ts';
import { ownHeader, setIssued, signingKey } from './client-keys.ts';
import { proofOption, proofs, withNonce } from './dpop.ts';
import { translate } from './failure.ts';
import { type FormParameters, formText, searchParams } from './form-parameters.ts';
import type { ProviderRequests } from './provider-requests.ts';

/** True if the settings or the metadata require pushed authorization requests (RFC 9126 §5, §6). */
export function isPushed(provider: Provider, server: AuthorizationServer): boolean {
  return (
    provider.require_pushed_authorization_requests ?? server.require_pushed_authorization_requests === true
  );
}

/**
 * The URL to send the browser to. It contains the parameters, or one signed parameter (RFC 9101), or only a reference
 * to parameters that were pushed first (RFC 9126). There is no fallback to a weaker method. `dpop_key` is the private key
 * that the tokens will be bound to. Throws `provider_error` if the provider refuses the request, `provider_unreachable`.
 */
export function deliverRequest(
  requests: ProviderRequests,
  server: AuthorizationServer,
  request: AuthorizationParameters,
  dpop_key: JWK | undefined,
): string | Promise<string> {
  const { provider } = requests;
  const isSigned = provider.request_object_signing_alg !== undefined;
  const pushed = isPushed(provider, server);
  if (!isSigned && !pushed) return authorizationUrl(server, request);
  return signedOrPushed(requests, server, request, { isSigned, pushed, dpop_key });
}

async function signedOrPushed(
  requests: ProviderRequests,
  server: AuthorizationServer,
  request: AuthorizationParameters,
  { isSigned, pushed, dpop_key }: { isSigned: boolean; pushed: boolean; dpop_key: JWK | undefined },
): Promise<string> {
  const { provider } = requests;
  const parameters = allParameters(request);
  const sent = isSigned ? await signedRequest(provider, server, parameters) : parameters;
  if (!pushed) return urlWith(server, formText(withOpenIdOnes(sent, parameters)));
  const { client_id } = provider.client;
  const request_uri = await push(requests, server, sent, dpop_key);
  return urlWith(server, formText(new Map(Object.entries({ client_id, request_uri }))));
}

async function signedRequest(
  provider: Provider,
  server: AuthorizationServer,
  parameters: FormParameters,
): Promise<FormParameters> {
  const key = await signingKey(provider, provider.request_object_signing_alg);
  const completeHeader = ownHeader(key)[modifyAssertion];
  const request = await issueRequestObject(server, provider.client, searchParams(parameters), key, {
    [modifyAssertion]: (header, payload) => {
      completeHeader(header);
      setIssued(payload);
    },
  }).catch(refuseToSign);
  return new Map(Object.entries({ client_id: provider.client.client_id, request }));
}

/** Some parameters become JSON in a signed request (RFC 9101 §4), so they must have their form. */
function refuseToSign(error: unknown): never {
  throw new DrawbridgeError('invalid_request', {
    description:
      'The authorization request can’t be signed, because a parameter has a value of the wrong type.',
    hint: 'Wherever they are set, `claims` must be a JSON object, `authorization_details` a JSON list and `max_age` a number.',
    detail: String(error),
    cause: error,
  });
}

/**
 * The parameters that OpenID Connect Core §6.1 requires in the URL next to a signed request. A provider that follows
 * RFC 9101 §5 ignores them; others refuse the request without them.
 */
function withOpenIdOnes(sent: FormParameters, parameters: FormParameters): FormParameters {
  const scope = parameters.get('scope');
  if (typeof scope !== 'string' || !isOpenId(scope)) return sent;
  return new Map([...sent, ['response_type', 'code'], ['scope', scope]]);
}

/** Beside `dpop_jkt`, a proof goes with the request, which some providers require (RFC 9449 §10.1). */
async function push(
  requests: ProviderRequests,
  server: AuthorizationServer,
  parameters: FormParameters,
  dpop_key: JWK | undefined,
): Promise<string> {
  const { provider } = requests;
  if (!server.pushed_authorization_request_endpoint) {
    throw new DrawbridgeError('provider_unreachable', {
      description:
        'The authorization request must be pushed, but the provider’s metadata has no endpoint for it.',
      hint: 'Set `pushed_authorization_request_endpoint`, or remove `require_pushed_authorization_requests`.',
    });
  }
  const proof = proofOption(dpop_key && (await proofs(provider, dpop_key)));
  try {
    const answer = await withNonce(() =>
      pushedAuthorizationRequest(
        server,
        provider.client,
        clientAuthentication(provider, server),
        searchParams(parameters),
        { ...requests.options('pushed', 'Pushed authorization request'), ...proof },
      ),
    );
    return (await processPushedAuthorizationResponse(server, provider.client, answer)).request_uri;
  } catch (error) {
    throw withAudienceHint(translate(error, 'pushed'), provider, server);
  }
}
