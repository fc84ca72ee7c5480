import type { FC } from 'hono/jsx';
import type { Login } from '../../sessions/login-history.ts';
import { Moment } from '../components/time.tsx';
import { AdminPage } from './layout.tsx';
import { Choice, Records } from './table.tsx';

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

const OUTCOMES = [
  ['failed', 'failed'],
  ['finished', 'finished'],
] as const;

const Search: FC<AdminLoginsProps> = ({ providers, search }) => (
  <search>
    <form class="fields" action="/admin/logins" method="get">
      <div>
        <label for="flow">Flow</label>
        <input id="flow" name="flow" value={search.flow} autocomplete="off" maxlength={16} />
      </div>
      <Choice
        name="provider"
        label="Provider"
        options={providers.map((id) => [id, id])}
        chosen={search.provider}
      />
      <Choice name="outcome" label="Outcome" options={OUTCOMES} chosen={search.outcome} />
      <button class="button primary" type="submit">
        Search
      </button>
    </form>
  </search>
);

const Table: FC<Pick<AdminLoginsProps, 'logins'>> = ({ logins }) => (
  <Records label="Logins" head={['When', 'Flow', 'Provider', 'Outcome']}>
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
  </Records>
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
