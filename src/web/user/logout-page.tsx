import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';
import { SignedInAs } from './signed-in-as.tsx';

export const LogoutPage: FC<{ name: string | undefined }> = ({ name }) => (
  <Page title="Sign out">
    <section class="card">
      <h1>Sign out?</h1>
      <p>
        <SignedInAs name={name} />.
      </p>
      <form class="stack" method="post" action={link('/logout')}>
        <button class="button primary" type="submit">
          Sign out
        </button>
        <a class="button" href={link('/session')}>
          Stay signed in
        </a>
      </form>
    </section>
  </Page>
);
