import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';

export const LogoutPage: FC<{ displayName: string }> = ({ displayName }) => (
  <Page title="Sign out">
    <section class="card">
      <h1>Sign out?</h1>
      <p>
        You’re signed in as <strong>{displayName}</strong>.
      </p>
      <form class="stack" method="post" action={link('/logout')}>
        <button class="button primary" type="submit">
          Sign out
        </button>
      </form>
      <p>
        <a href={link('/session')}>Stay signed in</a>
      </p>
    </section>
  </Page>
);
