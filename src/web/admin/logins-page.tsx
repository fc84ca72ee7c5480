import type { FC } from 'hono/jsx';
import type { Login } from '../../sessions/login-history.ts';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { AdminPage } from './layout.tsx';
import { Cell, Choice, Records } from './table.tsx';

interface AdminLoginsProps {
  readonly logins: readonly Login[];
  readonly cursor?: string;
  /** How many there are on all pages. */
  readonly total: number;
  readonly providers: readonly string[];
  /** As typed; empty where nothing was. */
  readonly search: { readonly flow: string; readonly provider: string; readonly outcome: string };
}

/** Recent sign-ins, and why the failed ones failed. */
export const AdminLoginsPage: FC<AdminLoginsProps> = (props) => (
  <AdminPage title="Logins" current="logins">
    <section class="card">
      <h1>Logins</h1>
      <p class="hint">
        Successful sign-ins are listed while their session lasts, failed ones for a week. Error pages show
        their flow id at the bottom. Sign-ins that were never finished are only in the log.
      </p>
      <Search {...props} />
      {props.logins.length === 0 ? <Nothing {...props} /> : <Table logins={props.logins} />}
      {props.cursor !== undefined && (
        <p>
          <a
            class="button"
            href={link(`/admin/logins?${new URLSearchParams({ ...props.search, cursor: props.cursor })}`)}
          >
            Next page
          </a>
        </p>
      )}
    </section>
  </AdminPage>
);

const Nothing: FC<AdminLoginsProps> = ({ search, total }) => {
  if (total > 0) return <p>There are no more sign-ins.</p>;
  return (
    <p>
      {Object.values(search).join('') === '' ? 'No sign-ins yet.' : 'No sign-in matches.'} Very recent ones
      may be missing; the log has them all.
    </p>
  );
};

const OUTCOMES = [
  ['failed', 'Failed'],
  ['finished', 'Signed in'],
] as const;

const Search: FC<AdminLoginsProps> = ({ providers, search }) => (
  <search>
    <form class="fields" action={link('/admin/logins')} method="get">
      <div class="field">
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
        <Cell label="When">
          <Moment at={login.at} />
        </Cell>
        <Cell label="Flow">
          <code>{login.flow}</code>
        </Cell>
        <Cell label="Provider">{login.provider}</Cell>
        <Cell label="Outcome" breakable>
          <Outcome {...login} />
        </Cell>
      </tr>
    ))}
  </Records>
);

const Outcome: FC<Login> = (login) =>
  login.outcome === 'finished' ? (
    <>
      <span class="state good">Signed in</span> {login.sub ?? 'unknown user'}, session{' '}
      <a href={link(`/admin/sessions/${login.session}`)}>
        <code>{login.session.slice(0, 12)}</code>
      </a>
    </>
  ) : (
    <>
      <p>
        <span class="state bad">Failed</span> <code>{login.error}</code>
        {login.provider_error !== undefined && login.provider_error !== login.error && (
          <>
            {' '}
            (the provider’s error: <code>{login.provider_error}</code>)
          </>
        )}
      </p>
      {login.detail !== undefined && <p class="hint">{login.detail}</p>}
    </>
  );
