import type { FC, PropsWithChildren } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { hasConnections, hasDirectory, link } from '../href.tsx';

const PLACES = {
  sessions: 'Sessions',
  connections: 'Connections',
  logins: 'Logins',
  providers: 'Providers',
  upstreams: 'Upstreams',
  doctor: 'Doctor',
};

interface AdminProps {
  readonly title: string;
  readonly current?: keyof typeof PLACES;
}

/** Connections exist only while they are enabled, lists of sessions and logins only where those are on the server. */
function shownPlaces() {
  const missing = [
    ...(hasConnections() ? [] : ['connections']),
    ...(hasDirectory() ? [] : ['sessions', 'logins']),
  ];
  return Object.entries(PLACES).filter(([place]) => !missing.includes(place));
}

/** The shell of the admin pages. */
export const AdminPage: FC<PropsWithChildren<AdminProps>> = ({ title, current, children }) => (
  <Page title={title} wide script operator corner={<SignOut />}>
    <div class="stack">
      <nav aria-label="Operator">
        <ul class="plain tabs">
          {shownPlaces().map(([place, name]) => (
            <li>
              <a href={link(`/admin/${place}`)} aria-current={current === place ? 'page' : undefined}>
                {name}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      {children}
    </div>
  </Page>
);

const SignOut: FC = () => (
  <form method="post" action={link('/admin/sign-out')}>
    <button class="button small" type="submit">
      Sign out
    </button>
  </form>
);

/** A button for what can't be undone: it asks first, even without JavaScript. */
export const Confirmed: FC<{ action: string; label: string; sure: string }> = ({ action, label, sure }) => (
  <details class="confirm">
    <summary class="button">{label}</summary>
    <form method="post" action={action}>
      <button class="button danger" type="submit">
        {sure}
      </button>
    </form>
  </details>
);
