import type { FC } from 'hono/jsx';
import { ExpiryTime, Moment } from '../components/time.tsx';
import { SecretField } from '../components/token-field.tsx';
import { link } from '../href.tsx';
import type { ShownSession } from './shown-session.ts';

export interface Revealed {
  readonly provider: string;
  readonly secrets: Readonly<Record<string, string | undefined>>;
}

interface GrantProps {
  readonly id: string;
  readonly grant: ShownSession['grants'][number];
  readonly revealed: Revealed | undefined;
}

/** One grant of a session, with its tokens only while they are revealed. */
export const AdminGrant: FC<GrantProps> = ({ id, grant, revealed }) => {
  const query = new URLSearchParams({ provider: grant.provider });
  return (
    <section class="card" aria-labelledby={`grant-${grant.provider}`}>
      <h2 id={`grant-${grant.provider}`}>{grant.provider}</h2>
      <Facts {...grant} />
      {revealed?.provider === grant.provider && <Secrets {...revealed} />}
      <div class="row">
        {grant.refreshable && (
          <Action action={link(`/admin/sessions/${id}/refresh?${query}`)} label="Refresh now" />
        )}
        <Action action={link(`/admin/sessions/${id}/reveal?${query}`)} label="Reveal tokens" />
      </div>
      <p class="hint">Revealing tokens is logged.</p>
    </section>
  );
};

const Facts: FC<GrantProps['grant']> = (grant) => (
  <dl class="facts">
    <dt>Subject</dt>
    <dd>{grant.sub ?? 'unknown'}</dd>
    <dt>Scope</dt>
    <dd>
      {grant.scope === ''
        ? 'none named'
        : grant.scope.split(' ').map((scope) => <code class="chip">{scope}</code>)}
    </dd>
    <dt>Access token</dt>
    <dd>
      {grant.token_type}, <ExpiryTime at={grant.expires_at ?? undefined} />
    </dd>
    <dt>Refresh token</dt>
    <dd>{grant.refreshable ? 'stored' : 'none'}</dd>
    <dt>Signed in</dt>
    <dd>
      <Moment at={grant.issued_at} />
    </dd>
    <dt>Refreshed</dt>
    <dd>
      {times(grant.refresh_count)}
      {grant.refreshed_at !== null && (
        <>
          , last <Moment at={grant.refreshed_at} />
        </>
      )}
    </dd>
    <dt>Sizes</dt>
    <dd>
      {Object.entries(grant.characters)
        .flatMap(([name, length]) => (length === null ? [] : [`${name} ${length}`]))
        .join(', ')}{' '}
      characters
    </dd>
  </dl>
);

function times(count: number): string {
  if (count === 0) return 'never';
  return count === 1 ? 'once' : `${count} times`;
}

/** The script removes them after 30 seconds, and when you leave the page. */
const Secrets: FC<Revealed> = ({ provider, secrets }) => (
  <div class="stack" data-vanish="30" data-vanished="Hidden again.">
    <p class="notice" data-vanish-note="The tokens are hidden again in 30 seconds.">
      Close this page when you’re done. Without JavaScript, the tokens stay visible.
    </p>
    {Object.entries(secrets).map(
      ([name, value]) =>
        value !== undefined && (
          <SecretField id={`${provider}-${name}`} name={name} of={provider} value={value} />
        ),
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
