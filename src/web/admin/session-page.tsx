import type { FC } from 'hono/jsx';
import type { ErrorData } from '../../errors.ts';
import { Prose } from '../components/prose.tsx';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';
import { AdminGrant, type Revealed } from './grant.tsx';
import { AdminPage, Confirmed } from './layout.tsx';
import type { ShownSession } from './shown-session.ts';

export interface AdminSessionProps extends ShownSession {
  /** When it ends however much it is used, in seconds since the epoch. */
  readonly latestEnd: number;
  readonly revealed?: Revealed;
  /** Why a refresh failed. */
  readonly refused?: ErrorData;
}

/** One session as an operator sees it. Tokens appear only when revealed, for 30 seconds. */
export const AdminSessionPage: FC<AdminSessionProps> = ({ revealed, refused, ...session }) => (
  <AdminPage title={`Session ${session.id.slice(0, 12)}`} current="sessions">
    {refused && (
      <p class="notice" role="alert">
        <strong>{refused.title}.</strong> <Prose text={`${refused.description} ${refused.hint}`} />{' '}
        {refused.detail !== undefined && <code>{refused.detail}</code>}
      </p>
    )}
    <div class="desk result">
      <div class="stack">
        <Summary {...session} />
        <Timeline events={session.timeline} />
      </div>
      <div class="stack">
        {session.grants.map((grant) => (
          <AdminGrant id={session.id} grant={grant} revealed={revealed} />
        ))}
        {session.grants.length === 0 && (
          <section class="card">
            <p>This session has no grants left. See the timeline for the reason.</p>
          </section>
        )}
      </div>
    </div>
  </AdminPage>
);

const Summary: FC<ShownSession & Pick<AdminSessionProps, 'latestEnd'>> = (session) => (
  <section class="card">
    <p class="eyebrow">Session</p>
    <h1>
      <code>{session.id.slice(0, 12)}</code>
    </h1>
    <dl class="facts">
      <dt>User</dt>
      <dd>
        {session.sub ?? 'unknown'} at {session.provider}
      </dd>
      <dt>Since</dt>
      <dd>
        <Moment at={session.created_at} />
      </dd>
      <dt>Ends if unused</dt>
      <dd>
        <Moment at={session.expires_at} />
      </dd>
      <dt>Ends at the latest</dt>
      <dd>
        <Moment at={session.latestEnd} />
      </dd>
      <dt>Claims</dt>
      <dd>
        {session.claims.length === 0
          ? 'none'
          : session.claims.map((claim) => <code class="chip">{claim}</code>)}
      </dd>
      <dt>Size</dt>
      <dd>{session.bytes.toLocaleString('en')} bytes, encrypted</dd>
      <dt>Full id</dt>
      <dd>
        <code>{session.id}</code>
      </dd>
    </dl>
    <div class="row">
      <Confirmed
        action={link(`/admin/sessions/${session.id}/revoke`)}
        label="End this session…"
        sure="End it and revoke its tokens"
      />
      {session.sub !== null && (
        <Confirmed
          action={link(
            `/admin/sessions/revoke?${new URLSearchParams({ provider: session.provider, iss: session.iss, sub: session.sub })}`,
          )}
          label="Sign out everywhere…"
          sure="End every session of this user"
        />
      )}
    </div>
  </section>
);

const WORDS = { signed_in: 'Signed in', refreshed: 'Refreshed', refresh_failed: 'Refresh failed' };

const Timeline: FC<{ events: ShownSession['timeline'] }> = ({ events }) => (
  <section class="card" aria-labelledby="timeline">
    <h2 id="timeline">Timeline</h2>
    <ol class="plain timeline">
      {events.map((event) => (
        <li class={event.event === 'refresh_failed' ? 'fault' : undefined}>
          <h3>
            {WORDS[event.event]} <span class="hint">{event.provider}</span>
          </h3>
          <p class="hint">
            <Moment at={event.at} />
            {'times' in event && `, ${event.times} times in a row`}
          </p>
          {'flow' in event && (
            <p class="hint">
              Flow <a href={link(`/admin/logins?flow=${event.flow}`)}>{event.flow}</a>
            </p>
          )}
          {'error' in event && (
            <p>
              <code>{event.error}</code> <span class="hint">{event.detail}</span>
            </p>
          )}
        </li>
      ))}
    </ol>
  </section>
);
