import { type Grant, isGrantOf } from '../grants/grant.ts';
import type { Step } from '../oauth/steps.ts';
import type { Settings } from '../settings/settings.ts';

/** Who is signed in, and what was granted. Times are seconds since the epoch unless they say otherwise. */
export interface Session {
  /** 256 random bits; new with every login (no session fixation). */
  readonly id: string;
  /** The provider that the session was founded with. */
  readonly provider: string;
  /**
   * With `sub`, the user: whatever grants come and go, a session keeps the identity that it was founded with. The
   * issuer in the metadata's spelling, or `provider:<id>` where there is none; see `issuerOfUser`.
   */
  readonly iss: string;
  readonly sub: string | undefined;
  readonly claims: Readonly<Record<string, unknown>>;
  /** How and when the user signed in at the provider (OpenID Connect Core §2), as the founding ID token says. */
  readonly acr?: string;
  readonly amr?: readonly string[];
  readonly auth_time?: number;
  /** What the browser calls itself, up to `MAX_USER_AGENT_LENGTH` characters; kept only on the server. */
  readonly user_agent?: string | undefined;
  /** One per provider. */
  readonly grants: readonly Grant[];
  readonly created_at: number;
  /** The same in milliseconds: which sessions a revocation spares, as they began later, is a matter of moments. */
  readonly began_ms?: number | undefined;
  /** The end of the sliding lifetime, never past the absolute one. */
  readonly expires_at: number;
  /** In INSPECT: the steps of the login. */
  readonly steps: readonly Step[] | undefined;
  /** Begun by version 0.1, which knew no `iss`: it is derived, and such a session is found by its provider's id. */
  readonly legacy?: true;
}

export const MAX_USER_AGENT_LENGTH = 300;

/**
 * Whose sessions: all of a user (`sub`), or those of one session at the provider (`sid`). What is given must match; but
 * a grant whose ID token named no `sid` may be of any session of its user, and ends with each of them.
 */
export interface SessionMatch {
  readonly iss?: string | undefined;
  readonly provider?: string | undefined;
  readonly sub?: string | undefined;
  readonly sid?: string | undefined;
}

/** An account at a provider that a session has to do with: that of its founder, and those of its grants. */
export interface Identity {
  readonly provider: string;
  /** Undefined in sessions of version 0.1. */
  readonly iss: string | undefined;
  readonly sub: string | undefined;
  readonly sid: string | undefined;
}

/** How a session is ended. */
export interface Ending {
  /**
   * Whether to revoke its tokens at their providers (RFC 7009), which may be down. False if a provider ended the session:
   * it revokes what belongs to its own session itself, and `offline_access` should outlive that (OpenID Connect
   * Back-Channel Logout §2.7).
   */
  readonly revoke: boolean;
  /** Grants of these accounts are not revoked, as another session has them. */
  readonly sparing?: readonly Pick<Grant, 'provider' | 'sub'>[];
  /** Whoever ends it does not wait for the providers. */
  readonly promptly?: boolean;
  /** The flow id for the log. */
  readonly flow?: string;
}

/** The session with a grant added, or put in the place of the same provider's. */
export function withGrant(session: Session, grant: Grant): Session {
  const known = session.grants.some(({ provider }) => provider === grant.provider);
  const grants = known
    ? session.grants.map((old) => (old.provider === grant.provider ? grant : old))
    : [...session.grants, grant];
  return { ...session, grants };
}

export function grantOf(session: Session | undefined, provider: string): Grant | undefined {
  return session?.grants.find((grant) => grant.provider === provider);
}

/**
 * Pure: the session after a refresh of its grant of `provider`; `grant` is undefined if that has ended. Undefined if the
 * session has ended with it: a session does not outlive the grant that it was founded with.
 */
export function sessionAfter(
  session: Session,
  provider: string,
  grant: Grant | undefined,
): Session | undefined {
  if (grant) return grantOf(session, provider) === grant ? session : withGrant(session, grant);
  if (provider === session.provider) return undefined;
  return { ...session, grants: session.grants.filter((held) => held.provider !== provider) };
}

/** Pure: the accounts that a session is found by. Whatever happens to its grants, its founder is the first of them. */
export function identitiesOf(session: Session): readonly Identity[] {
  const { provider, sub } = session;
  const founder = { provider, iss: session.legacy ? undefined : session.iss, sub, sid: undefined };
  const granted = session.grants.map(({ provider, iss, sub, sid }) => ({ provider, iss, sub, sid }));
  return [founder, ...granted];
}

/** Pure: true if the session matches. Ask this before ending sessions found in an index. */
export function isMatch(session: Session, match: SessionMatch): boolean {
  if (match.sub === undefined && match.sid === undefined) return false;
  // Of a session of version 0.1 the issuer is known by its settings alone: enough where no provider is named.
  const isDerived = session.legacy && match.provider === undefined;
  const { provider, iss, sub } = session;
  const derived = isDerived ? [{ provider, iss, sub, sid: undefined }] : [];
  return [...identitiesOf(session), ...derived].some(
    ({ provider, iss, sub, sid }) =>
      (match.sub === undefined || match.sub === sub) &&
      (match.sid === undefined || match.sid === sid || mayBeOf(session, provider, match)) &&
      isFrom({ provider, iss }, match),
  );
}

/** True if only the `sub` of a match can decide, since the provider named no `sid` when the grant was issued. */
function mayBeOf(session: Session, provider: string, { sub }: SessionMatch): boolean {
  const grant = grantOf(session, provider);
  return sub !== undefined && grant !== undefined && grant.sid === undefined;
}

/** The issuer decides where both sides know it, else the provider's id. */
function isFrom({ provider, iss }: Pick<Identity, 'provider' | 'iss'>, match: SessionMatch): boolean {
  if (iss !== undefined && match.iss !== undefined) return iss === match.iss;
  return match.provider === undefined ? iss === match.iss : provider === match.provider;
}

/** Pure: when the session began, in milliseconds since the epoch. Adding an account does not change it. */
export function beganAt({ began_ms, created_at }: Session): number {
  return began_ms ?? created_at * 1000;
}

/** Pure: the grants that a session has and the other one has not, refreshed or not. */
export function newGrants(session: Session, before: Session | undefined): readonly Grant[] {
  return session.grants.filter((grant) => grantOf(before, grant.provider)?.state !== grant.state);
}

/**
 * Pure: true if the provider's id has been pointed at another issuer since the session began: its user is not one of
 * that issuer's, and must sign in there.
 */
export function isOfAnotherIssuer(session: Session, providers: Settings['providers']): boolean {
  const provider = providers.get(session.provider);
  const founding = grantOf(session, session.provider);
  // protects: users of another issuer
  return provider !== undefined && founding !== undefined && !isGrantOf(founding, provider);
}

/** What was sealed as a session, if it is one: what other versions or stores have sealed may not be. */
export function asSession(value: unknown): Session | undefined {
  const session = value as Partial<Session> | null | undefined;
  const whole =
    typeof session?.id === 'string' &&
    typeof session.created_at === 'number' &&
    typeof session.expires_at === 'number' &&
    Array.isArray(session.grants);
  if (!whole) return undefined;
  return typeof session.iss === 'string' ? (session as Session) : ofFirstVersion(session as LegacySession);
}

type LegacySession = Omit<Session, 'iss' | 'legacy'>;

/** Pure: a session that version 0.1 has stored. Its issuer is the one of its settings, as far as they said it. */
function ofFirstVersion(session: LegacySession): Session {
  const founding = session.grants.find(({ provider }) => provider === session.provider);
  return { ...session, iss: founding?.issuer ?? `provider:${session.provider}`, legacy: true };
}
