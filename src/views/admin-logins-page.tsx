import type { FC } from 'hono/jsx';
import type { Login } from '../session/logins.ts';
import { AdminPage } from './admin-layout.tsx';
import { Moment } from './time.tsx';

interface AdminLoginsProps {
  readonly logins: readonly Login[];
  readonly cursor?: string;
  readonly providers: readonly string[];
  /** As typed; empty where nothing was. */
  readonly search: { readonly flow: string; readonly provider: string; readonly outcome: string };
}

/** What became of the logins of late, and why those that failed did. */
export const AdminLoginsPage: FC<AdminLoginsProps> = (props) => (
  <AdminPage title="Logins" current="logins">
    <section class="card">
      <h1>Logins</h1>
      <p class="hint">
        Finished logins show while their session lives, failed ones for a week. An error page names its flow
        at the end. Logins that nobody came back from are in the log alone.
      </p>
      <Search {...props} />
      {props.logins.length === 0 ? (
        <p>No login is known that fits. It may take a minute to show; the log has every one.</p>
      ) : (
        <Table logins={props.logins} />
      )}
      {props.cursor !== undefined && (
        <p>
          <a
            class="button"
            href={`/admin/logins?${new URLSearchParams({ ...props.search, cursor: props.cursor })}`}
          >
            Next page
          </a>
        </p>
      )}
    </section>
  </AdminPage>
);

const OUTCOMES = { '': 'any', failed: 'failed', finished: 'finished' };

const Search: FC<AdminLoginsProps> = ({ providers, search }) => (
  <search>
    <form class="fields" action="/admin/logins" method="get">
      <div>
        <label for="flow">Flow</label>
        <input id="flow" name="flow" value={search.flow} autocomplete="off" maxlength={16} />
      </div>
      <div>
        <label for="provider">Provider</label>
        <select id="provider" name="provider">
          {['', ...providers].map((id) => (
            <option value={id} selected={id === search.provider}>
              {id || 'any'}
            </option>
          ))}
        </select>
      </div>
      <div>
        <label for="outcome">Outcome</label>
        <select id="outcome" name="outcome">
          {Object.entries(OUTCOMES).map(([value, name]) => (
            <option value={value} selected={value === search.outcome}>
              {name}
            </option>
          ))}
        </select>
      </div>
      <button class="button primary" type="submit">
        Search
      </button>
    </form>
  </search>
);

const Table: FC<Pick<AdminLoginsProps, 'logins'>> = ({ logins }) => (
  <section class="scroll" aria-label="Logins" tabindex={0}>
    <table>
      <thead>
        <tr>
          <th scope="col">When</th>
          <th scope="col">Flow</th>
          <th scope="col">Provider</th>
          <th scope="col">Outcome</th>
        </tr>
      </thead>
      <tbody>
        {logins.map((login) => (
          <tr>
            <td>
              <Moment at={login.at} />
            </td>
            <td>
              <code>{login.flow}</code>
            </td>
            <td>{login.provider}</td>
            <td class="breakable">
              <Outcome {...login} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  </section>
);

const Outcome: FC<Login> = (login) =>
  login.outcome === 'finished' ? (
    <>
      finished, session{' '}
      <a href={`/admin/sessions/${login.session}`}>
        <code>{login.session.slice(0, 12)}</code>
      </a>{' '}
      of {login.sub ?? 'an unknown subject'}
    </>
  ) : (
    <>
      <p class="wrong">
        <code>{login.error}</code>
        {login.provider_error !== undefined && (
          <>
            {' '}
            (the provider: <code>{login.provider_error}</code>)
          </>
        )}
      </p>
      {login.detail !== undefined && <p class="hint">{login.detail}</p>}
    </>
  );
