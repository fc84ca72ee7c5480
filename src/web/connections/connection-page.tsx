import type { FC } from 'hono/jsx';
import type { ShownConnection, ShownKey } from '../../connections/connections.ts';
import { Confirmed } from '../admin/layout.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { LastUsed, Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { KeyFields, type UpstreamChoice } from './forms.tsx';
import { ConnectionShell } from './shell.tsx';

interface ConnectionPageProps {
  /** Where its own routes are. */
  readonly href: string;
  /** Where all of them are. */
  readonly listHref: string;
  readonly isAdmin: boolean;
  readonly connection: ShownConnection;
  readonly displayName: string;
  readonly upstreams: readonly UpstreamChoice[];
  /** A key that was just created, shown this once. */
  readonly newKey: string | undefined;
  /** It was just created by approving a user code. */
  readonly approved: boolean;
}

export const ConnectionPage: FC<ConnectionPageProps> = (props) => (
  <ConnectionShell title={props.connection.label} isAdmin={props.isAdmin}>
    {props.newKey !== undefined && <NewKey text={props.newKey} />}
    <div class="desk result">
      <About {...props} />
      <div class="stack">
        <Keys {...props} />
        <section class="card">
          <h2>End the connection</h2>
          <p>All its keys stop working at once, and the provider is told that access is no longer needed.</p>
          <Confirmed action={link(`${props.href}/end`)} label="End connection" sure="End it now" />
        </section>
      </div>
    </div>
  </ConnectionShell>
);

const NewKey: FC<{ text: string }> = ({ text }) => (
  <section class="card" aria-labelledby="new-key-title">
    <h1 id="new-key-title">Copy the key now</h1>
    <p>You won’t see it again. Store it where the program reads its secrets, not in its code.</p>
    <section class="code" aria-label="The key" tabindex={0}>
      <pre id="new-key">{text}</pre>
    </section>
    <CopyButton target="new-key" what="key" label="Copy the key" />
  </section>
);

const About: FC<ConnectionPageProps> = (props) => {
  const { connection, displayName, href, listHref, approved, isAdmin, newKey } = props;
  return (
    <section class="card">
      <p class="eyebrow">
        <a href={link(listHref)}>All connections</a>
      </p>
      {newKey === undefined ? <h1>{connection.label}</h1> : <h2>{connection.label}</h2>}
      {approved && (
        <p class="notice good">Approved. Go back to the program. It gets its key in a few seconds.</p>
      )}
      {connection.state !== 'active' && (
        <Reconnect connection={connection} href={href} displayName={displayName} />
      )}
      <dl class="facts">
        <dt>Provider</dt>
        <dd>{displayName}</dd>
        <dt>Scopes</dt>
        <dd class="breakable">{connection.scope || 'none named'}</dd>
        {isAdmin && (
          <>
            <dt>Owner</dt>
            <dd class="breakable">
              {connection.owner ? `${connection.owner.sub} at ${connection.owner.iss}` : 'this service'}
            </dd>
          </>
        )}
        <dt>Created</dt>
        <dd>
          <Moment at={connection.created_at} />
        </dd>
        <dt>Last used</dt>
        <dd>{connection.last_used_at === undefined ? 'never' : <LastUsed at={connection.last_used_at} />}</dd>
        <dt>Ends</dt>
        <dd>
          {connection.expires_at === undefined ? 'when you end it' : <Moment at={connection.expires_at} />}
        </dd>
        <dt>Id</dt>
        <dd class="breakable">
          <code>{connection.id}</code>
        </dd>
      </dl>
      {connection.state === 'active' && (
        <form method="post" action={link(`${href}/reconnect`)}>
          <button class="button" type="submit">
            Sign in again at {displayName}
          </button>
        </form>
      )}
    </section>
  );
};

const Reconnect: FC<{ connection: ShownConnection; href: string; displayName: string }> = ({
  connection,
  href,
  displayName,
}) => (
  <div class="notice">
    <p>
      <strong>{displayName} has ended this connection’s access</strong> <Moment at={connection.since} />.
      Programs can’t use it until you sign in again.
    </p>
    {connection.reason !== undefined && (
      <p class="hint">
        Reason given: <code>{connection.reason}</code>
      </p>
    )}
    <form method="post" action={link(`${href}/reconnect`)}>
      <button class="button primary" type="submit">
        Reconnect
      </button>
    </form>
  </div>
);

const Keys: FC<ConnectionPageProps> = ({ connection, href, upstreams }) => (
  <section class="card">
    <h2>Keys</h2>
    {connection.keys.length === 0 ? (
      <p class="hint">No key yet.</p>
    ) : (
      <ul class="plain rows">
        {connection.keys.map((key) => (
          <KeyRow shown={key} href={href} />
        ))}
      </ul>
    )}
    <details>
      <summary>Add a key</summary>
      <form class="stack" method="post" action={link(`${href}/keys`)}>
        <label for="key-label">Name of the key</label>
        <input id="key-label" name="label" maxlength={100} autocomplete="off" required />
        <KeyFields
          prefix="key"
          upstreams={upstreams.filter(({ provider }) => provider === connection.provider)}
        />
        <button class="button primary" type="submit">
          Add key
        </button>
      </form>
    </details>
  </section>
);

const KeyRow: FC<{ shown: ShownKey; href: string }> = ({ shown, href }) => (
  <li>
    <div>
      <p>
        <strong>{shown.label}</strong>
      </p>
      <p class="hint">{policyText(shown)}</p>
      <p class="hint">
        Created <Moment at={shown.created_at} />
        {shown.last_used_at === undefined ? ', not used yet' : ', last used '}
        {shown.last_used_at !== undefined && <LastUsed at={shown.last_used_at} />}
        {shown.expires_at !== undefined && (
          <>
            , ends <Moment at={shown.expires_at} />
          </>
        )}
      </p>
    </div>
    <div class="row">
      <form method="post" action={link(`${href}/keys/${shown.id}/rotate`)}>
        <button class="button small" type="submit">
          Rotate<span class="visually-hidden"> {shown.label}</span>
        </button>
      </form>
      <form method="post" action={link(`${href}/keys/${shown.id}/end`)}>
        <button class="button small" type="submit">
          End<span class="visually-hidden"> {shown.label}</span>
        </button>
      </form>
    </div>
  </li>
);

/** What a key may do, in a line. */
function policyText({ policy }: ShownKey): string {
  const { raw_tokens, upstreams, methods, paths } = policy;
  return [
    raw_tokens ? 'Gets the access token' : 'Sends requests through this service',
    ...(upstreams ? [`upstreams ${upstreams.join(', ')}`] : []),
    ...(methods ? [methods.join(', ')] : []),
    ...(paths ? [paths.join(', ')] : []),
  ].join(' · ');
}
