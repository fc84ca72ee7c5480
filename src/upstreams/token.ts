import { DrawbridgeError } from '../errors.ts';
import { resourceProof } from '../oauth/dpop.ts';
import type { Provider } from '../providers/provider.ts';
import type { Upstream } from '../settings/upstream.ts';
import type { Caller, UsableGrant } from './caller.ts';
import { missingScope, scopeOfFirstSignIn, scopeToAskFor } from './scope.ts';

/** An access token that goes with a request. */
export interface Attached {
  readonly provider: Provider;
  readonly grant: UsableGrant;
}

/**
 * The access token for a request: fresh, of the upstream's provider, with the scopes that it needs. Undefined where
 * none is attached. Throws `not_signed_in`, `login_required`, `insufficient_scope` and what a refresh throws.
 */
export async function tokenFor(
  upstream: Upstream,
  caller: Caller,
  { providers, upstreams }: Pick<ScopeSources, 'providers' | 'upstreams'>,
): Promise<Attached | undefined> {
  const provider = providers.get(upstream.provider ?? '');
  if (upstream.token === 'none' || !provider) return undefined;
  const isOptional = upstream.token === 'optional';
  const grant = await grantFor(provider, caller, upstream);
  if (!grant) {
    if (isOptional) return undefined;
    throw signInNeeded(caller, provider, upstream);
  }
  const missing = missingScope(grant.scope, upstream.scope);
  if (missing.length > 0 && !isOptional) {
    const scope = scopeToAskFor(provider, upstreams, grant.scope, missing);
    throw scopeMissing(caller, provider, scope, missing);
  }
  return { provider, grant };
}

interface ScopeSources {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly upstreams: readonly Upstream[];
}

async function grantFor(
  provider: Provider,
  caller: Caller,
  upstream: Upstream,
): Promise<UsableGrant | undefined> {
  try {
    return await caller.grant(provider);
  } catch (error) {
    if (!(error instanceof DrawbridgeError) || error.code !== 'login_required') throw error;
    if (upstream.token === 'optional') return undefined;
    throw signInNeeded(caller, provider, upstream, error);
  }
}

/** `not_signed_in` for nobody, `login_required` for somebody without a live grant; with a link to the sign-in. */
export function signInNeeded(
  caller: Caller,
  provider: Provider | undefined,
  upstream: Upstream,
  cause?: DrawbridgeError,
): DrawbridgeError {
  const wishes = { provider: provider?.id, scope: scopeOfFirstSignIn(provider, upstream) };
  return new DrawbridgeError(caller.identity ? 'login_required' : 'not_signed_in', {
    ...(cause?.detail !== undefined && { detail: cause.detail }),
    cause,
  }).with({ loginUrl: caller.signInUrl(wishes), provider: provider?.id });
}

export function scopeMissing(
  caller: Caller,
  provider: Provider,
  scope: string,
  missing: readonly string[],
): DrawbridgeError {
  const { id } = provider;
  return new DrawbridgeError('insufficient_scope', { detail: `missing: ${missing.join(' ')}` }).with({
    loginUrl: caller.signInUrl({ provider: id, scope }),
    provider: id,
  });
}

/** The last nonce of each upstream: it serves every proof until the next (RFC 9449 §9). */
const nonces = new WeakMap<Upstream, string>();

/** Stores the DPoP nonce of a response. Returns true if the server refused the request because it lacked the nonce. */
export function keepNonce(upstream: Upstream, response: Response): boolean {
  const nonce = response.headers.get('dpop-nonce');
  if (nonce === null || nonce.length > 1000) return false;
  nonces.set(upstream, nonce);
  const challenge = response.headers.get('www-authenticate') ?? '';
  return response.status === 401 && /\buse_dpop_nonce\b/.test(challenge);
}

/** Puts the token into a request's headers: as a bearer token, or with a proof where it is bound to a key. */
export async function attachToken(
  headers: Headers,
  { grant }: Attached,
  { upstream, url, method }: { upstream: Upstream; url: string; method: string },
): Promise<void> {
  const accessToken = grant.access_token;
  if (!grant.dpop_key) {
    headers.set('authorization', `Bearer ${accessToken}`);
    return;
  }
  headers.set('authorization', `DPoP ${accessToken}`);
  const nonce = nonces.get(upstream);
  headers.set('dpop', await resourceProof(grant.dpop_key, { method, url, accessToken, nonce }));
}
