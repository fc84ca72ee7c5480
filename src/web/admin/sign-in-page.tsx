import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';

interface AdminSignInProps {
  readonly byToken: boolean;
  readonly byAccess: boolean;
}

export const AdminSignInPage: FC<AdminSignInProps> = ({ byToken, byAccess }) => (
  <Page title="Operator">
    <section class="card">
      <h1>Operator</h1>
      {byAccess && (
        <p>
          Open this address through Cloudflare Access: it lets you in without a token. If you did, compare{' '}
          <code>ACCESS_TEAM_DOMAIN</code> and <code>ACCESS_AUDIENCE</code> with the Access application; the
          log says what is wrong.
        </p>
      )}
      {byToken && <TokenForm />}
    </section>
  </Page>
);

const TokenForm: FC = () => (
  <>
    <p>
      Sign in with the value of the secret <code>ADMIN_TOKEN</code>. <code>npm run dev</code> keeps it in{' '}
      <code>.dev.vars</code>.
    </p>
    <form class="stack" method="post" action="/admin/sign-in">
      <label for="token">Token</label>
      <input id="token" name="token" type="password" autocomplete="current-password" required />
      <button class="button primary" type="submit">
        Sign in
      </button>
    </form>
  </>
);
