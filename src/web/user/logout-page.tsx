import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';

export const LogoutPage: FC<{ displayName: string }> = ({ displayName }) => (
  <Page title="Sign out">
    <section class="card">
      <h1>Sign out?</h1>
      <p>
        You are signed in as <strong>{displayName}</strong>.
      </p>
      <form class="stack" method="post" action="/logout">
        <button class="button primary" type="submit">
          Sign out
        </button>
      </form>
      <p>
        <a href="/session">Stay signed in</a>
      </p>
    </section>
  </Page>
);
