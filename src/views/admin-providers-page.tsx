import type { FC } from 'hono/jsx';
import type { ResolvedProvider } from '../routes/admin/providers.tsx';
import { AdminPage } from './admin-layout.tsx';

/** The providers as resolved from settings, presets and metadata, and what to register at each. */
export const AdminProvidersPage: FC<{ providers: readonly ResolvedProvider[] }> = ({ providers }) => (
  <AdminPage title="Providers" current="providers">
    <h1>Providers</h1>
    {providers.map(({ id, display_name, console_url, registration, ...facts }) => (
      <section class="card" aria-labelledby={`provider-${id}`}>
        <h2 id={`provider-${id}`}>{display_name}</h2>
        <dl class="facts">
          <dt>id</dt>
          <dd>{id}</dd>
          {Object.entries(facts).map(([name, value]) => (
            <>
              <dt>{name}</dt>
              <dd>{value === null ? <span class="hint">not known</span> : <code>{value}</code>}</dd>
            </>
          ))}
        </dl>
        {registration !== null && <p class="hint">{registration}</p>}
        {console_url !== null && (
          <p>
            <a href={console_url} rel="noreferrer">
              Its console
            </a>
          </p>
        )}
      </section>
    ))}
  </AdminPage>
);
