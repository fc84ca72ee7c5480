import type { FC } from 'hono/jsx';
import { ProviderIcon } from '../components/icon.tsx';
import { Page } from '../components/layout.tsx';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { type ProviderButton, ProviderButtons } from './login-page.tsx';

/** An account of the user at one provider. */
export interface Account {
  readonly provider: string;
  readonly displayName: string;
  /** Path of its mark on a square of 24. */
  readonly icon?: string;
  /** Seconds since the epoch. */
  readonly connectedAt: number;
  /** Where the user signs in again, if the access has ended and can't be renewed. */
  readonly signInAgain?: string;
}

export interface SessionPageProps {
  /** Undefined if the provider gives the user none. */
  readonly name: string | undefined;
  readonly email?: string;
  /** The provider that the user signed in with. */
  readonly provider: { readonly displayName: string; readonly icon?: string };
  readonly accounts: readonly Account[];
  /** Providers that can be added to this session. */
  readonly connect: readonly ProviderButton[];
  /** The user's sessions in other browsers can be ended from here. */
  readonly everywhere: boolean;
  /** The user may let programs act for them. */
  readonly programs: boolean;
}

/** More to connect than this wait until they are asked for. */
const MOST_SHOWN = 8;

/** What a user sees once signed in: who they are, and what they can do. */
export const SessionPage: FC<SessionPageProps> = (props) => (
  <Page title={props.name ?? 'You’re signed in'} script>
    <div class="stack">
      <section class="card">
        <h1>{props.name ?? 'You’re signed in'}</h1>
        {props.email !== undefined && props.email !== props.name && <p class="hint">{props.email}</p>}
        <p class="with-mark">
          <ProviderIcon icon={props.provider.icon} />
          Signed in with {props.provider.displayName}
        </p>
        <SignOut everywhere={props.everywhere} programs={props.programs} />
      </section>
      <Accounts accounts={props.accounts} />
      <Connect providers={props.connect} />
    </div>
  </Page>
);

/** Signing out, here and in every browser. */
export const SignOut: FC<{ everywhere: boolean; programs: boolean }> = ({ everywhere, programs }) => (
  <>
    <form class="row" method="post" action={link('/logout')}>
      <button class="button" type="submit">
        Sign out
      </button>
      {everywhere && (
        <button class="button" type="submit" formaction={link('/logout?everywhere=1')}>
          Sign out everywhere
        </button>
      )}
    </form>
    {(everywhere || programs) && (
      <ul class="plain links">
        {everywhere && (
          <li>
            <a href={link('/sessions')}>Your sessions</a>
          </li>
        )}
        {programs && (
          <li>
            <a href={link('/connections')}>Connections for programs</a>
          </li>
        )}
      </ul>
    )}
  </>
);

const Accounts: FC<{ accounts: readonly Account[] }> = ({ accounts }) =>
  accounts.length < 2 && accounts.every(({ signInAgain }) => signInAgain === undefined) ? null : (
    <section class="card" aria-labelledby="accounts">
      <h2 id="accounts">Connected accounts</h2>
      <ul class="plain rows">
        {accounts.map(({ displayName, icon, connectedAt, signInAgain }) => (
          <li>
            <span class="with-mark">
              <ProviderIcon icon={icon} />
              <strong>{displayName}</strong>
            </span>
            {signInAgain === undefined ? (
              <span class="hint">
                Connected <Moment at={connectedAt} />
              </span>
            ) : (
              <a href={signInAgain} rel="nofollow">
                Sign in again<span class="visually-hidden"> with {displayName}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
    </section>
  );

/** Accounts at other providers that the user can add. */
export const Connect: FC<{ providers: readonly ProviderButton[] }> = ({ providers }) =>
  providers.length === 0 ? null : (
    <section class="card" aria-labelledby="connect">
      <h2 id="connect">Connect another account</h2>
      {providers.length > MOST_SHOWN ? (
        <details>
          <summary>Choose from {providers.length} providers</summary>
          <ProviderButtons providers={providers} verb="Connect" />
        </details>
      ) : (
        <ProviderButtons providers={providers} verb="Connect" />
      )}
    </section>
  );
