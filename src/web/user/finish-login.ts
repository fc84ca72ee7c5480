import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import type { LoginAttempt } from '../../login/attempt.ts';
import { type FinishedLogin, finishLogin } from '../../login/finish.ts';
import { ProviderRequests } from '../../oauth/provider-requests.ts';
import { isAllowed } from '../../providers/allow.ts';
import type { Provider } from '../../providers/provider.ts';
import { withoutFragment } from '../../providers/quirks/authorization.ts';
import { accountClash, authenticationOf, type Login, userClaims } from '../../sessions/after-login.ts';
import type { Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { finishConsent, requireSameSession } from '../connections/consent.ts';
import { redirectTo } from '../data-answer.ts';
import { wantsJson } from '../errors/respond.tsx';
import { href } from '../href.tsx';
import { keepLogin } from './keep-login.ts';
import { leavingWith, ownLeavingUrl } from './leave-provider.ts';
import { askToReplaceAccount, refuseOtherPerson } from './other-account.tsx';

/** A login that has come back where it should. */
interface Returned {
  readonly provider: Provider;
  readonly attempt: LoginAttempt;
  readonly parameters: URLSearchParams;
}

/** Finishes a login, and makes of it what it was started for: a session, one more grant for it, or a connection. */
export async function finish(c: Context<AppEnv>, returned: Returned): Promise<Response> {
  const { provider, attempt, parameters } = returned;
  const { inspect } = c.get('settings');
  const requests = new ProviderRequests(provider, { record: inspect });
  c.set('requests', requests);
  if (attempt.connection) await requireSameSession(c, attempt.connection);
  const current = attempt.connect === undefined ? undefined : await sessionToContinue(c, attempt.connect);
  // Before anything is asked: a revocation that comes while this login is under way is of its user, too.
  const now = Date.now();
  const finished = await finishLogin(requests, attempt, parameters, { keepAll: inspect, now });
  const { grant } = finished;
  if (provider.allow) await requireAllowed(c, provider, provider.allow, finished);
  if (attempt.connection) {
    const { scope, flow } = attempt;
    return c.redirect(await finishConsent(c, attempt.connection, { provider, grant, scope, flow }), 303);
  }
  const login = loginOf(c, finished, now);
  const clash = current && accountClash(current, grant);
  if (current && clash === 'founder') await refuseOtherPerson(c, current, provider, grant);
  if (current && clash === 'connected') return askToReplaceAccount(c, current, provider, login);
  await keepLogin(c, login, { current, replacing: attempt.replacing });
  if (inspect && wantsJson(c)) return c.json(finished.response);
  return redirectTo(c, withoutFragment(provider, attempt.return_to ?? href(c, '/session')), 303);
}

function loginOf(c: Context<AppEnv>, { grant, user, steps }: FinishedLogin, now: number): Login {
  return {
    id: crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: 'base64url', omitPadding: true }),
    grant,
    claims: userClaims(user.claims),
    authentication: authenticationOf(user.idTokenClaims),
    user_agent: c.req.raw.headers.get('user-agent') ?? undefined,
    steps: c.get('settings').inspect ? [...(c.get('steps') ?? []), ...steps] : undefined,
    now,
  };
}

/** Who may sign in at this provider at all. What came of a login that may not is revoked. Throws `not_allowed`. */
async function requireAllowed(
  c: Context<AppEnv>,
  provider: Provider,
  allow: NonNullable<Provider['allow']>,
  { grant, user }: FinishedLogin,
): Promise<void> {
  if (isAllowed(allow, { ...user, provider: provider.id }, provider)) return;
  await revokeGrants(c.get('settings'), [grant], { flow: grant.flow });
  const elsewhere = allow.flatMap(([claim]) => (isElsewhere(user.claims, claim) ? [claim] : []));
  const detail =
    elsewhere.length === 0 ? '' : `, whose ${elsewhere.join(', ')} did not fit into the ID token`;
  throw new DrawbridgeError('not_allowed', {
    description: 'You signed in, but this account may not be used here.',
    hint: `Sign in with another account, or ask the operator for access. If ${provider.display_name} doesn’t let you choose an account, sign out there first.`,
    detail: `allow of ${provider.id}${detail}`,
  }).with({ leaveUrl: await urlToLeave(c, provider, grant) });
}

/** Where the account that may not be used is signed out at its provider, so that it is not the next one again. */
async function urlToLeave(
  c: Context<AppEnv>,
  provider: Provider,
  { id_token }: Grant,
): Promise<string | undefined> {
  if (wantsJson(c)) return undefined;
  const leaving = await leavingWith(c, provider, id_token);
  return leaving && ownLeavingUrl(c, leaving);
}

/** True if a claim was left out of the ID token: Entra does so with more than 200 groups (OpenID Connect Core §5.6.2). */
function isElsewhere({ _claim_names: names }: FinishedLogin['user']['claims'], claim: string): boolean {
  return typeof names === 'object' && names !== null && Object.hasOwn(names, claim);
}

/**
 * The session that this login was started to add to (`connect=1`). Throws `not_signed_in` if it is not the browser's any
 * more: what has ended is not begun again by what was to add to it.
 */
async function sessionToContinue(c: Context<AppEnv>, connect: string): Promise<Session> {
  const inPlace = await c.get('sessions').read();
  // protects: connect binding
  if (inPlace?.id === connect) return inPlace;
  throw new DrawbridgeError('not_signed_in', { detail: 'the session to add to has ended' });
}
