import type { FC, PropsWithChildren } from 'hono/jsx';
import { Page } from './layout.tsx';

interface AdminProps {
  readonly title: string;
  readonly current?: 'sessions' | 'providers';
}

/** The shell of the operator's pages. */
export const AdminPage: FC<PropsWithChildren<AdminProps>> = ({ title, current, children }) => (
  <Page title={title} wide script>
    <div class="stack">
      <nav aria-label="Operator">
        <ul class="plain tabs">
          <li>
            <a href="/admin/sessions" aria-current={current === 'sessions' ? 'page' : undefined}>
              Sessions
            </a>
          </li>
          <li>
            <a href="/admin/providers" aria-current={current === 'providers' ? 'page' : undefined}>
              Providers
            </a>
          </li>
        </ul>
        <form method="post" action="/admin/sign-out">
          <button class="button small" type="submit">
            Sign out
          </button>
        </form>
      </nav>
      {children}
    </div>
  </Page>
);
