import type { FC } from 'hono/jsx';
import { Page } from './layout.tsx';

export const AdminSignInPage: FC = () => (
  <Page title="Operator">
    <section class="card">
      <h1>Operator</h1>
      <p>
        Sign in with the value of the secret <code>ADMIN_TOKEN</code>.
      </p>
      <form class="stack" method="post" action="/admin/sign-in">
        <label for="token">Token</label>
        <input id="token" name="token" type="password" autocomplete="current-password" required />
        <button class="button primary" type="submit">
          Sign in
        </button>
      </form>
    </section>
  </Page>
);
