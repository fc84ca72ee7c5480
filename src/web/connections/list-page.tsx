import type { FC } from 'hono/jsx';
import { LastUsed } from '../components/time.tsx';
import { link } from '../href.tsx';
import { KeyFields, type UpstreamChoice } from './forms.tsx';
import { ConnectionShell } from './shell.tsx';

/** One connection in a list. Times are seconds since the epoch. */
export interface ListedConnection {
  readonly id: string;
  readonly label: string;
  readonly displayName: string;
  readonly state: string;
  readonly last_used_at: number | null;
  /** For operators: whose it is. */
  readonly owner?: string;
}

/** What a link has filled in. */
export interface Prefilled {
  readonly provider: string;
  readonly label: string;
  readonly scope: string;
  /** The user whom the link names: nobody else may send the form. */
  readonly iss: string;
  readonly sub: string;
}

interface ListPageProps {
  readonly href: string;
  readonly isAdmin: boolean;
  readonly connections: readonly ListedConnection[];
  readonly next: string | undefined;
  readonly providers: readonly { readonly id: string; readonly display_name: string }[];
  readonly upstreams: readonly UpstreamChoice[];
  readonly prefilled: Prefilled;
  /** Only the form, for a link that asks for a connection. */
  readonly isForm: boolean;
}

export const ConnectionsPage: FC<ListPageProps> = (props) => (
  <ConnectionShell title="Connections" isAdmin={props.isAdmin}>
    <div class={props.isForm ? 'stack' : 'desk result'}>
      {!props.isForm && <List {...props} />}
      <NewConnection {...props} />
    </div>
  </ConnectionShell>
);

const List: FC<ListPageProps> = ({ href, isAdmin, connections, next }) => (
  <section class="card">
    <h1>Connections</h1>
    <p>
      {isAdmin
        ? 'Accounts that programs may use, for every user and for this service itself.'
        : 'Accounts that you let programs use for you. You can end a connection at any time.'}
    </p>
    {connections.length === 0 ? (
      <p class="hint">None yet. A new one may take a minute to show.</p>
    ) : (
      <ul class="plain rows">
        {connections.map((connection) => (
          <Row href={href} connection={connection} />
        ))}
      </ul>
    )}
    {next !== undefined && (
      <p class="row">
        <a class="button" href={link(`${href}?cursor=${encodeURIComponent(next)}`)}>
          Next page
        </a>
      </p>
    )}
  </section>
);

const Row: FC<{ href: string; connection: ListedConnection }> = ({ href, connection }) => (
  <li>
    <div>
      <p>
        <a href={link(`${href}/${connection.id}`)}>{connection.label}</a>
      </p>
      <p class="hint">
        {connection.displayName}
        {connection.owner !== undefined && `, ${connection.owner}`}
      </p>
    </div>
    <p class={connection.state === 'active' ? 'hint' : 'wrong'}>
      {connection.state === 'active' ? (
        connection.last_used_at === null ? (
          'Not used yet'
        ) : (
          <>
            Last used <LastUsed at={connection.last_used_at} />
          </>
        )
      ) : (
        'Reconnect needed'
      )}
    </p>
  </li>
);

const NewConnection: FC<ListPageProps> = ({ href, providers, upstreams, prefilled, isForm }) => (
  <section class="card">
    {isForm ? <h1>New connection</h1> : <h2>New connection</h2>}
    <p>You’re asked to sign in again and to confirm what the program may do. Then you get a key for it.</p>
    <form class="stack" method="post" action={link(href)}>
      <label for="new-provider">Provider</label>
      <select id="new-provider" name="provider" required>
        {providers.map(({ id, display_name }) => (
          <option value={id} selected={id === prefilled.provider}>
            {display_name}
          </option>
        ))}
      </select>
      <label for="new-label">Name of the program</label>
      <input
        id="new-label"
        name="label"
        value={prefilled.label}
        maxlength={100}
        placeholder="Nightly backup"
        autocomplete="off"
        required
      />
      <label for="new-scope">Scopes</label>
      <input
        id="new-scope"
        name="scope"
        value={prefilled.scope}
        autocomplete="off"
        spellcheck={false}
        aria-describedby="new-scope-hint"
      />
      <p class="hint" id="new-scope-hint">
        Separated by spaces. If empty, the same access as signing in.
      </p>
      <KeyFields prefix="new" upstreams={upstreams} />
      {prefilled.sub !== '' && (
        <>
          <input type="hidden" name="iss" value={prefilled.iss} />
          <input type="hidden" name="sub" value={prefilled.sub} />
        </>
      )}
      <button class="button primary" type="submit">
        Continue to the provider
      </button>
    </form>
  </section>
);
