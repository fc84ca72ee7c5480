import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';

interface ReplaceAccountProps {
  /** Its display name. */
  readonly provider: string;
  /** The account that the user has just signed in with. */
  readonly account: string;
  /** The login that waits for the answer, sealed. */
  readonly pending: string;
}

/** Asks whether the account that is connected at a provider gives way to another one. */
export const ReplaceAccountPage: FC<ReplaceAccountProps> = ({ provider, account, pending }) => (
  <Page title={`Replace your ${provider} account?`}>
    <section class="card">
      <h1>Replace your {provider} account?</h1>
      <p>
        Another <bdi>{provider}</bdi> account is already connected here. You just signed in as{' '}
        <strong>{account}</strong>.
      </p>
      <form class="stack" method="post" action={link('/session/replace')}>
        <input type="hidden" name="pending" value={pending} />
        <button class="button primary" type="submit" name="answer" value="replace">
          Replace with {account}
        </button>
        <button class="button" type="submit" name="answer" value="keep">
          Keep the connected account
        </button>
      </form>
    </section>
  </Page>
);
