import type { AuthorizationServer, TokenEndpointResponse } from 'oauth4webapi';
import { type Grant, newGrant } from '../grants/grant.ts';
import { authorizationResponse } from '../oauth/authorization-response.ts';
import { isHint } from '../oauth/end-session.ts';
import { issuerOfUser } from '../oauth/issuer.ts';
import { authorizationServer } from '../oauth/metadata.ts';
import type { ProviderRequests } from '../oauth/provider-requests.ts';
import type { Step } from '../oauth/steps.ts';
import { exchangeCode, type TokenResult } from '../oauth/token-request.ts';
import { userOf } from '../oauth/userinfo.ts';
import { callbackClaims } from '../providers/quirks/authorization.ts';
import type { LoginAttempt } from './attempt.ts';

/** The user who signed in. */
export interface SignedInUser {
  readonly iss: string;
  readonly sub: string | undefined;
  /** What the provider says about the user, from any source. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** The claims of the validated ID token. Only these say how the user signed in. */
  readonly idTokenClaims: Readonly<Record<string, unknown>> | undefined;
}

/** The result of a login. */
export interface FinishedLogin {
  readonly grant: Grant;
  readonly user: SignedInUser;
  /** The token endpoint's response, to show with INSPECT. */
  readonly response: TokenEndpointResponse;
  /** The requests since the callback, to show with INSPECT. */
  readonly steps: readonly Step[];
}

interface FinishOptions {
  /** Store everything that was received, to show with INSPECT. */
  readonly keepAll: boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Finishes a login: checks the authorization response, exchanges the code and finds out who has signed in.
 * `parameters` are those of the callback, checked by `callbackParameters`. Throws what
 * `authorizationResponse`, `exchangeCode` and `userOf` throw.
 */
export async function finishLogin(
  requests: ProviderRequests,
  attempt: LoginAttempt,
  parameters: URLSearchParams,
  options: FinishOptions,
): Promise<FinishedLogin> {
  const { provider } = requests;
  const server = await authorizationServer(requests);
  const checked = await authorizationResponse(requests, server, parameters, attempt);
  const result = await exchangeCode(requests, server, checked, attempt);
  const claims = await userOf(requests, server, result, attempt);
  const user = {
    iss: issuerOfUser(provider, server, result.idToken?.claims),
    sub: claims?.sub,
    claims: claims ? { ...callbackClaims(provider, parameters), ...claims } : {},
    idTokenClaims: result.idToken?.claims,
  };
  const grant = grantFrom(requests, { attempt, server, result, user }, options);
  return { grant, user, response: result.response, steps: requests.steps };
}

interface Outcome {
  readonly attempt: LoginAttempt;
  readonly server: AuthorizationServer;
  readonly result: TokenResult;
  readonly user: SignedInUser;
}

function grantFrom(
  { provider }: ProviderRequests,
  { attempt, server, result, user }: Outcome,
  { keepAll, now }: FinishOptions,
): Grant {
  return newGrant(provider, result, {
    now: Math.floor(now / 1000),
    scope: attempt.scope,
    iss: user.iss,
    sub: user.sub,
    state: attempt.state,
    flow: attempt.flow,
    return_to: attempt.return_to,
    keepMembers: keepAll,
    keepIdToken: keepAll || isHint(server, result.response.id_token),
    dpop_key: attempt.dpop_key,
  });
}
