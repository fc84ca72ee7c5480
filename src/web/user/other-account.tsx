import type { Context } from 'hono';
import { nowSeconds } from '../../clock.ts';
import { DrawbridgeError } from '../../errors.ts';
import type { Grant } from '../../grants/grant.ts';
import { revokeGrants } from '../../grants/revoke-grants.ts';
import type { Provider } from '../../providers/provider.ts';
import type { Login } from '../../sessions/after-login.ts';
import { grantOf, type Session } from '../../sessions/session.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { readParameters } from '../form.ts';
import { href, showPage } from '../href.tsx';
import { requireOwnPage } from '../middleware/own-page.ts';
import { notSignedIn } from './current-session.ts';
import { nameOf, visibleName } from './home.tsx';
import { keepLogin } from './keep-login.ts';
import { ReplaceAccountPage } from './replace-account-page.tsx';

/** How long the user may think about it, in seconds. */
const ASKING_SECONDS = 600;
/** How much fits into a form that we read, leaving room for its other fields. */
const LARGEST_FORM_VALUE = 60_000;

/** A login that waits for the user's decision, sealed into the form that asks for it. */
interface Pending {
  readonly login: Login;
  /** The id of the session that was asked; after a word of any kind it has another one. */
  readonly session: string;
  readonly return_to: string | undefined;
  /** Seconds since the epoch. */
  readonly expires_at: number;
}

/**
 * The user signed in as somebody else where the session was founded: a session keeps its person, so nothing changes,
 * and the tokens that came are revoked. Throws `account_mismatch`.
 */
export async function refuseOtherPerson(
  c: Context<AppEnv>,
  current: Session,
  provider: Provider,
  grant: Grant,
): Promise<never> {
  await revokeGrants(c.get('settings'), [grant], { flow: grant.flow });
  const name = nameOf(current);
  throw new DrawbridgeError('account_mismatch', {
    description: `You’re signed in${name === undefined ? '' : ` as ${name}`}, but you signed in to ${provider.display_name} as somebody else. Nothing has changed here.`,
    hint: 'Stay signed in, or sign in as the other person, which ends this session.',
    detail: 'not the user who started this session',
  });
}

/** Another account is connected at this provider already: asks which of them to keep. */
export async function askToReplaceAccount(
  c: Context<AppEnv>,
  current: Session,
  provider: Provider,
  login: Login,
): Promise<Response> {
  const { sealer } = c.get('settings');
  const pending: Pending = {
    login,
    session: current.id,
    return_to: login.grant.return_to,
    expires_at: nowSeconds() + ASKING_SECONDS,
  };
  const sealed = await sealer.seal('pending', pending);
  if (wantsJson(c) || sealed.length > LARGEST_FORM_VALUE) {
    await revokeGrants(c.get('settings'), [login.grant], { flow: login.grant.flow });
    throw new DrawbridgeError('account_mismatch', {
      description: `You already have another ${provider.display_name} account connected.`,
      hint: 'Sign in with that account, or open this page in a browser to replace it.',
      detail: 'another account at a connected provider',
    });
  }
  return showPage(
    c,
    <ReplaceAccountPage provider={provider.display_name} account={accountName(login)} pending={sealed} />,
  );
}

/** `POST /session/replace`: the user's decision on which account to keep. */
export async function replaceAccount(c: Context<AppEnv>): Promise<Response> {
  requireOwnPage(c);
  const form = await readParameters(c);
  const current = await c.get('sessions').read();
  if (!current) throw notSignedIn(c);
  const { login, return_to } = await readPending(c, form.get('pending') ?? '', current);
  const settings = c.get('settings');
  const facts = { flow: login.grant.flow };
  if (form.get('answer') === 'replace') {
    const old = grantOf(current, login.grant.provider);
    await keepLogin(c, login, { current });
    if (old) await revokeGrants(settings, [old], facts);
  } else {
    await revokeGrants(settings, [login.grant], facts);
  }
  return c.redirect(return_to ?? href(c, '/session'), 303);
}

async function readPending(c: Context<AppEnv>, sealed: string, current: Session): Promise<Pending> {
  const pending = (await c.get('settings').sealer.open('pending', sealed)) as Pending | undefined;
  const isInTime = pending !== undefined && pending.expires_at * 1000 > Date.now();
  if (isInTime && pending.session === current.id) return pending;
  throw new DrawbridgeError('invalid_request', {
    description: 'This question was already answered or has expired.',
    hint: 'Connect the account again.',
    detail: 'pending login',
  }).with({ retry: href(c, '/session') });
}

/** What to call the account that was signed in with. */
function accountName({ claims, grant }: Login): string {
  const { email, preferred_username, name } = claims;
  return (
    [email, preferred_username, name, grant.sub].map(visibleName).find((found) => found !== '') ??
    'another account'
  );
}
