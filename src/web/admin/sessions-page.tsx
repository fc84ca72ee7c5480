import type { FC } from 'hono/jsx';
import type { Listed, NewestSessions } from '../../sessions/directory.ts';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { AdminPage } from './layout.tsx';
import { Cell, Choice, Records } from './table.tsx';

interface AdminSessionsProps extends NewestSessions {
  /** How many are on the pages before. */
  readonly offset: number;
  readonly providers: readonly string[];
  /** As typed; empty where nothing was. */
  readonly search: {
    readonly provider: string;
    readonly sub: string;
    readonly expiring: string;
    readonly failed: string;
    readonly limit: string;
  };
}

/** The stored sessions: who is signed in, at which provider, with which scope, until when, and what is wrong. */
export const AdminSessionsPage: FC<AdminSessionsProps> = (props) => (
  <AdminPage title="Sessions" current="sessions">
    <section class="card">
      <h1>Sessions</h1>
      <Search {...props} />
      {props.sessions.length === 0 ? (
        <Nothing {...props} />
      ) : (
        <>
          <Total {...props} />
          <Table sessions={props.sessions} />
        </>
      )}
      <Paging {...props} />
    </section>
  </AdminPage>
);

const Nothing: FC<AdminSessionsProps> = ({ total, search: { provider, sub, expiring, failed } }) => {
  if (total > 0) return <p>There are no more sessions.</p>;
  const any = `${provider}${sub}${expiring}${failed}` === '';
  return <p>{any ? 'Nobody is signed in.' : 'No session matches.'} Very recent sign-ins may be missing.</p>;
};

const Total: FC<AdminSessionsProps> = ({ total, isPartial, offset, sessions }) => (
  <p class="hint">
    {offset + 1}–{offset + sessions.length} of {total.toLocaleString('en')}
    {isPartial && ' among the first 10,000 sessions; search for a user to find the others'}, newest first
  </p>
);

const Paging: FC<AdminSessionsProps> = ({ search, total, offset, sessions }) => {
  const filled = Object.entries(search).filter(([, value]) => value !== '');
  const to = (more: string[][]) => link(`/admin/sessions?${new URLSearchParams([...filled, ...more])}`);
  const next = offset + sessions.length;
  if (offset === 0 && next >= total) return null;
  return (
    <p class="row">
      {offset > 0 && (
        <a class="button" href={to([])}>
          First page
        </a>
      )}
      {next < total && (
        <a class="button" href={to([['offset', String(next)]])}>
          Next page
        </a>
      )}
    </p>
  );
};

const Search: FC<AdminSessionsProps> = ({ providers, search }) => (
  <search>
    <form class="fields" action={link('/admin/sessions')} method="get">
      <Choice
        name="provider"
        label="Provider"
        options={providers.map((id) => [id, id])}
        chosen={search.provider}
      />
      <div class="field">
        <label for="sub">
          Subject (<code>sub</code>)
        </label>
        <input id="sub" name="sub" value={search.sub} autocomplete="off" />
      </div>
      <div class="field">
        <label for="expiring">Ends within (hours)</label>
        <input
          id="expiring"
          name="expiring"
          value={search.expiring}
          inputmode="numeric"
          pattern="[0-9]{1,5}"
        />
      </div>
      <div class="choice">
        <input id="failed" name="failed" type="checkbox" value="1" checked={search.failed !== ''} />
        <label for="failed">Last refresh failed</label>
      </div>
      <button class="button primary" type="submit">
        Search
      </button>
    </form>
  </search>
);

const Table: FC<Pick<AdminSessionsProps, 'sessions'>> = ({ sessions }) => (
  <Records label="Sessions" head={['Session', 'User', 'Grants', 'Since', 'Ends at the latest']}>
    {sessions.map((session) => (
      <Row {...session} />
    ))}
  </Records>
);

const Row: FC<Listed> = ({ id, sub, grants = [], faults = {}, created_at, expires_at }) => (
  <tr>
    <Cell label="Session">
      <a href={link(`/admin/sessions/${id}`)}>
        <code>{id.slice(0, 12)}</code>
      </a>
    </Cell>
    <Cell label="User" breakable>
      {sub ?? 'unknown'}
    </Cell>
    <Cell label="Grants" breakable>
      {grants.map(({ provider, scope }) => (
        <p>
          {provider} <span class="hint">{scope}</span>
        </p>
      ))}
      {Object.entries(faults).map(([provider, error]) => (
        <p>
          <span class="state bad">Refresh failed</span> {provider} <code>{error}</code>
        </p>
      ))}
    </Cell>
    <Cell label="Since">{created_at !== undefined && <Moment at={created_at} />}</Cell>
    <Cell label="Ends at the latest">{expires_at !== undefined && <Moment at={expires_at} />}</Cell>
  </tr>
);
