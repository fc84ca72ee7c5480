import type { FC } from 'hono/jsx';
import type { Listed } from '../session/directory.ts';
import { AdminPage } from './admin-layout.tsx';
import { Moment } from './time.tsx';

interface AdminSessionsProps {
  readonly sessions: readonly Listed[];
  readonly cursor: string | undefined;
  readonly providers: readonly string[];
  readonly search: { readonly provider: string; readonly sub: string };
}

/** What is stored: who, which provider, which scope, until when. */
export const AdminSessionsPage: FC<AdminSessionsProps> = ({ sessions, cursor, providers, search }) => (
  <AdminPage title="Sessions" current="sessions">
    <section class="card">
      <h1>Sessions</h1>
      <Search providers={providers} search={search} />
      {sessions.length === 0 ? <p>No session is stored that fits.</p> : <Table sessions={sessions} />}
      {cursor !== undefined && (
        <p>
          <a class="button" href={`/admin/sessions?${new URLSearchParams({ ...search, cursor })}`}>
            Next page
          </a>
        </p>
      )}
    </section>
  </AdminPage>
);

const Search: FC<Pick<AdminSessionsProps, 'providers' | 'search'>> = ({ providers, search }) => (
  <search>
    <form class="row" action="/admin/sessions" method="get">
      <label for="provider">Provider</label>
      <select id="provider" name="provider">
        {['', ...providers].map((id) => (
          <option value={id} selected={id === search.provider}>
            {id || 'any'}
          </option>
        ))}
      </select>
      <label for="sub">Subject</label>
      <input id="sub" name="sub" value={search.sub} autocomplete="off" />
      <button class="button" type="submit">
        Search
      </button>
    </form>
  </search>
);

const Table: FC<Pick<AdminSessionsProps, 'sessions'>> = ({ sessions }) => (
  <section class="scroll" aria-label="Sessions" tabindex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">Session</th>
          <th scope="col">Subject</th>
          <th scope="col">Grants</th>
          <th scope="col">Since</th>
          <th scope="col">Until</th>
        </tr>
      </thead>
      <tbody>
        {sessions.map(({ id, sub, grants = [], created_at, expires_at }) => (
          <tr>
            <td>
              <a href={`/admin/sessions/${id}`}>
                <code>{id.slice(0, 12)}</code>
              </a>
            </td>
            <td>{sub ?? 'unknown'}</td>
            <td>
              {grants.map(({ provider, scope }) => (
                <p>
                  {provider} <span class="hint">{scope}</span>
                </p>
              ))}
            </td>
            <td>{created_at !== undefined && <Moment at={created_at} />}</td>
            <td>{expires_at !== undefined && <Moment at={expires_at} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);
