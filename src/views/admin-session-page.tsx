import type { FC } from 'hono/jsx';
import type { InspectedSession } from '../routes/admin/sessions.tsx';
import { AdminPage } from './admin-layout.tsx';
import { ExpiryTime, Moment } from './time.tsx';
import { SecretField } from './token-field.tsx';

interface Revealed {
  readonly provider: string;
  readonly tokens: Readonly<Record<string, string | undefined>>;
}

/** One session as an operator sees it. Tokens only when revealed, and then for half a minute. */
export const AdminSessionPage: FC<InspectedSession & { revealed?: Revealed }> = (session) => (
  <AdminPage title={`Session ${session.id.slice(0, 12)}`}>
    <section class="card">
      <p class="eyebrow">Session</p>
      <h1>
        <code>{session.id.slice(0, 12)}</code>
      </h1>
      <dl class="facts">
        <dt>Subject</dt>
        <dd>
          {session.sub ?? 'unknown'} at {session.provider}
        </dd>
        <dt>Since</dt>
        <dd>
          <Moment at={session.created_at} />
        </dd>
        <dt>Until</dt>
        <dd>
          <Moment at={session.expires_at} />, later if used
        </dd>
      </dl>
      <div class="row">
        <Action action={`/admin/sessions/${session.id}/revoke`} label="End it and revoke its tokens" />
        {session.sub !== null && (
          <Action
            action={`/admin/sessions/revoke?${new URLSearchParams({ provider: session.provider, sub: session.sub })}`}
            label="End every session of this user"
          />
        )}
      </div>
    </section>
    {session.grants.map((grant) => (
      <GrantSection id={session.id} grant={grant} revealed={session.revealed} />
    ))}
  </AdminPage>
);

interface GrantProps {
  readonly id: string;
  readonly grant: InspectedSession['grants'][number];
  readonly revealed: Revealed | undefined;
}

const GrantSection: FC<GrantProps> = ({ id, grant, revealed }) => {
  const query = new URLSearchParams({ provider: grant.provider });
  return (
    <section class="card" aria-labelledby={`grant-${grant.provider}`}>
      <h2 id={`grant-${grant.provider}`}>{grant.provider}</h2>
      <dl class="facts">
        <dt>Scope</dt>
        <dd>{grant.scope || 'none named'}</dd>
        <dt>Access token</dt>
        <dd>
          {grant.token_type}, <ExpiryTime at={grant.expires_at ?? undefined} />
        </dd>
        <dt>Issued</dt>
        <dd>
          <Moment at={grant.issued_at} />
        </dd>
        <dt>Refreshed</dt>
        <dd>
          {grant.refresh_count} times
          {grant.refreshed_at !== null && (
            <>
              , last <Moment at={grant.refreshed_at} />
            </>
          )}
          {!grant.refreshable && '; no refresh token is kept'}
        </dd>
        <dt>Size</dt>
        <dd>{grant.bytes} bytes</dd>
      </dl>
      {revealed?.provider === grant.provider && <Tokens tokens={revealed.tokens} id={id} />}
      <div class="row">
        {grant.refreshable && (
          <Action action={`/admin/sessions/${id}/refresh?${query}`} label="Refresh now" />
        )}
        <Action action={`/admin/sessions/${id}/reveal?${query}`} label="Reveal the tokens" />
      </div>
    </section>
  );
};

/** Gone after 30 seconds: the script takes them out of the page. */
const Tokens: FC<{ tokens: Revealed['tokens']; id: string }> = ({ tokens, id }) => (
  <div class="stack" data-vanish="30">
    {Object.entries(tokens).map(
      ([name, value]) =>
        value !== undefined && <SecretField id={`${id}-${name}`} name={name} value={value} />,
    )}
  </div>
);

const Action: FC<{ action: string; label: string }> = ({ action, label }) => (
  <form method="post" action={action}>
    <button class="button" type="submit">
      {label}
    </button>
  </form>
);
