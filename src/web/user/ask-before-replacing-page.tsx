import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';
import { SignedInAs } from './signed-in-as.tsx';

interface AskProps {
  /** Who is signed in. */
  readonly name: string | undefined;
  /** The display name of the provider that the new login is at. */
  readonly provider: string;
  /** Where that login starts. */
  readonly loginHref: string;
  /** The session has accounts connected. */
  readonly connected: boolean;
}

/** Asks before a login that another site has led to takes the place of the session that is there. */
export const AskBeforeReplacingPage: FC<AskProps> = ({ name, provider, loginHref, connected }) => (
  <Page title="Sign in again?">
    <section class="card">
      <h1>Sign in again?</h1>
      <p>
        <SignedInAs name={name} />. A link on another site wants to sign you in with <bdi>{provider}</bdi>.
      </p>
      <p>Signing in again ends your session here{connected && ' and disconnects the accounts you added'}.</p>
      <div class="stack">
        <a class="button primary" href={link('/session')}>
          Stay signed in
        </a>
        <a class="button" href={loginHref} rel="nofollow">
          Sign in with {provider}
        </a>
      </div>
    </section>
  </Page>
);
