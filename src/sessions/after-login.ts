import type { Grant } from '../grants/grant.ts';
import type { Step } from '../oauth/steps.ts';
import { type Lifetimes, slidingEnd } from './lifetime.ts';
import { grantOf, MAX_USER_AGENT_LENGTH, type Session, withGrant } from './session.ts';

/** Pure: the claims worth keeping: those about the user, without those of the protocol itself. */
export function userClaims({
  acr,
  amr,
  at_hash,
  aud,
  auth_time,
  azp,
  c_hash,
  exp,
  iat,
  iss,
  jti,
  nbf,
  nonce,
  s_hash,
  sid,
  sub,
  ...about
}: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return about;
}

/** How and when a user signed in at the provider (OpenID Connect Core §2). */
export type Authentication = Pick<Session, 'acr' | 'amr' | 'auth_time'>;

/** A longer value is none: nothing that a provider sends fills a session. */
const MAX_ACR_LENGTH = 500;

/** Pure: what the claims of an ID token say of the sign-in, as far as it has the form that it should have. */
export function authenticationOf(claims: Readonly<Record<string, unknown>> = {}): Authentication {
  const { acr, amr, auth_time } = claims;
  return {
    ...(isShortText(acr) && { acr }),
    ...(Array.isArray(amr) && amr.length <= 20 && amr.every(isShortText) && { amr }),
    ...(typeof auth_time === 'number' && Number.isFinite(auth_time) && { auth_time }),
  };
}

function isShortText(value: unknown): value is string {
  return typeof value === 'string' && value.length <= MAX_ACR_LENGTH;
}

/** The result of a finished login. */
export interface Login {
  /** The id for the new session: 256 random bits. */
  readonly id: string;
  readonly grant: Grant;
  /** Of the user, as the provider says: `userClaims`. */
  readonly claims: Readonly<Record<string, unknown>>;
  readonly steps: readonly Step[] | undefined;
  /** From the ID token; empty if there is none. */
  readonly authentication: Authentication;
  readonly user_agent?: string | undefined;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * Pure: the session after a login. Without `current` a new one, whose founder is the login's user; with it (a login
 * with `connect=1`) the same session under a new id, with one more grant. Store it by `start`, with `continues` being
 * the id of `current`. Ask `accountClash` first.
 */
export function sessionWith(current: Session | undefined, login: Login, lifetimes: Lifetimes): Session {
  const { id, grant, steps } = login;
  // protects: session id renewal
  if (current) return withGrant({ ...current, ...renewedAuthentication(current, login), id, steps }, grant);
  const created_at = Math.floor(login.now / 1000);
  return {
    id,
    provider: grant.provider,
    iss: grant.iss ?? `provider:${grant.provider}`,
    sub: grant.sub,
    claims: login.claims,
    user_agent: login.user_agent?.slice(0, MAX_USER_AGENT_LENGTH),
    grants: [grant],
    created_at,
    began_ms: login.now,
    expires_at: slidingEnd(created_at, created_at, lifetimes),
    steps,
    // Last, since V8 is slow with what follows a spread.
    ...login.authentication,
  };
}

/** If the session's user signs in again (a step-up, RFC 9470), the session describes the new sign-in. */
function renewedAuthentication(
  { provider, iss, sub }: Session,
  { grant, authentication }: Login,
): Authentication {
  const isFounder = grant.provider === provider && grant.iss === iss && grant.sub === sub;
  return isFounder ? authentication : {};
}

/**
 * Pure: what speaks against adding a grant to a session: it is of another account than the one that the session has at
 * that provider. `founder`: it would belong to another person than the session. `connected`: it would replace the
 * account that is connected.
 */
export function accountClash(current: Session, grant: Grant): 'founder' | 'connected' | undefined {
  const isFounder = grant.provider === current.provider;
  const held = isFounder ? current : grantOf(current, grant.provider);
  if (held === undefined) return undefined;
  const isSameIssuer = held.iss === undefined || held.iss === grant.iss || current.legacy === true;
  if (isSameIssuer && held.sub === grant.sub) return undefined;
  return isFounder ? 'founder' : 'connected';
}
