import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Prose } from '../components/prose.tsx';
import { link } from '../href.tsx';

interface AdminSignInProps {
  readonly byToken: boolean;
  readonly byAccess: boolean;
  /** What was wrong with the token that was sent. */
  readonly problem: string | undefined;
}

export const AdminSignInPage: FC<AdminSignInProps> = ({ byToken, byAccess, problem }) => (
  <Page title="Admin" operator>
    <section class="card">
      <h1>Sign in to admin</h1>
      {byAccess && (
        <p>
          Open this address through Cloudflare Access; no token is needed. If you did, compare{' '}
          <code>ACCESS_TEAM_DOMAIN</code> and <code>ACCESS_AUDIENCE</code> with the Access application; the
          log says what is wrong.
        </p>
      )}
      {byToken && <TokenForm problem={problem} isSecond={byAccess} />}
    </section>
  </Page>
);

const TokenForm: FC<Pick<AdminSignInProps, 'problem'> & { isSecond: boolean }> = ({ problem, isSecond }) => (
  <>
    <p>
      {isSecond ? 'Or use' : 'Use'} the value of the secret <code>ADMIN_TOKEN</code>. <code>npm run dev</code>{' '}
      keeps it in <code>.dev.vars</code>.
    </p>
    <form class="stack" method="post" action={link('/admin/sign-in')}>
      <label for="token">Token</label>
      <input
        id="token"
        name="token"
        type="password"
        autocomplete="current-password"
        required
        {...(problem !== undefined && { 'aria-invalid': 'true', 'aria-describedby': 'token-problem' })}
      />
      {problem !== undefined && (
        <p id="token-problem" class="field-error" role="alert">
          <Prose text={problem} />
        </p>
      )}
      <button class="button primary" type="submit">
        Sign in
      </button>
    </form>
  </>
);
