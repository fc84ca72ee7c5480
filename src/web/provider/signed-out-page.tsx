import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';

/** Seen by nobody but who looks into the provider's frame. */
export const SignedOutPage: FC = () => (
  <Page title="Signed out">
    <section class="card">
      <h1>Signed out</h1>
      <p>The provider has ended this session, and it has ended here too.</p>
    </section>
  </Page>
);
