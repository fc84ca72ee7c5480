import { SignJWT } from 'jose';
import type { PrivateKeys } from '../crypto/private-keys.ts';
import { signingKeyOf } from '../oauth/client-keys.ts';
import { type Identity, trustedEmail } from '../providers/allow.ts';
import type { Provider } from '../providers/provider.ts';
import type { Upstream } from '../settings/upstream.ts';

export const ASSERTION_HEADER = 'drawbridge-assertion';
const TYPE = 'drawbridge-assertion+jwt';
/** How long an assertion holds, in seconds. */
const LIFE_SECONDS = 60;

/** Who an assertion is for: the target's URL, which no two upstreams of one origin share, or a name for a binding. */
export function audienceOf({ id, target }: Upstream): string {
  return target?.url ?? `urn:drawbridge:upstream:${id}`;
}

/**
 * A JWT that tells an upstream who asks: `iss` is the public origin, `idp` the user's own issuer, beside the claims
 * that the upstream's `assertion` names and the user has. `now` in seconds.
 */
export async function signAssertion(
  upstream: Upstream,
  identity: Identity,
  { keys, issuer, provider, now }: AssertionContext,
): Promise<string> {
  const { key, kid, alg } = await signingKeyOf(keys);
  const named = (upstream.assertion ?? []).flatMap((claim) => {
    const value = claim === 'email' ? trustedEmail(identity, provider) : identity.claims[claim];
    return value === undefined || OWN_CLAIMS.has(claim) ? [] : [[claim, value] as const];
  });
  return new SignJWT({
    ...Object.fromEntries(named),
    iss: issuer,
    // protects: audience of an assertion
    aud: audienceOf(upstream),
    ...(identity.sub !== undefined && { sub: identity.sub }),
    idp: identity.iss,
    iat: now,
    exp: now + LIFE_SECONDS,
    jti: crypto.randomUUID(),
  })
    .setProtectedHeader({ alg, kid, typ: TYPE })
    .sign(key);
}

interface AssertionContext {
  readonly keys: PrivateKeys;
  /** `PUBLIC_ORIGIN` */
  readonly issuer: string;
  /** The provider that the identity comes from. */
  readonly provider: Provider | undefined;
  readonly now: number;
}

const OWN_CLAIMS = new Set(['iss', 'aud', 'sub', 'idp', 'iat', 'nbf', 'exp', 'jti']);
