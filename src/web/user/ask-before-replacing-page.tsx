import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';

interface AskProps {
  /** Who is signed in. */
  readonly displayName: string;
  /** The display name of the provider that the new login is at. */
  readonly provider: string;
  /** Where that login starts. */
  readonly loginHref: string;
  /** The session has accounts connected. */
  readonly connected: boolean;
}

/** Asks before a login that another site has led to takes the place of the session that is there. */
export const AskBeforeReplacingPage: FC<AskProps> = ({ displayName, provider, loginHref, connected }) => (
  <Page title="Sign in again?">
    <section class="card">
      <h1>Sign in again?</h1>
      <p>
        You’re signed in as <strong>{displayName}</strong>. A link on another site wants to sign you in with{' '}
        {provider}.
      </p>
      <p>Signing in again ends your session here{connected && ' and disconnects the accounts you added'}.</p>
      <p class="row">
        <a class="button primary" href={link('/session')}>
          Stay signed in
        </a>
        <a class="button" href={loginHref} rel="nofollow">
          Sign in with {provider}
        </a>
      </p>
    </section>
  </Page>
);
