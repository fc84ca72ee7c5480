import type { FC, PropsWithChildren } from 'hono/jsx';
import { AdminPage } from '../admin/layout.tsx';
import { Page } from '../components/layout.tsx';

/** The shell of the pages about connections: an operator's or a user's. */
export const ConnectionShell: FC<PropsWithChildren<{ title: string; isAdmin: boolean }>> = ({
  title,
  isAdmin,
  children,
}) =>
  isAdmin ? (
    <AdminPage title={title} current="connections">
      {children}
    </AdminPage>
  ) : (
    <Page title={title} script>
      <div class="stack">{children}</div>
    </Page>
  );
