import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';

/** Shown only inside the provider's frame, which is usually hidden. */
export const SignedOutPage: FC = () => (
  <Page title="Signed out">
    <section class="card">
      <h1>Signed out</h1>
      <p>You signed out at the provider, so your session here has ended too.</p>
    </section>
  </Page>
);
