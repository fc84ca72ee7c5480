import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';

interface OwnSessionView {
  readonly id: string;
  /** The session of this browser. */
  readonly current: boolean;
  /** Of the providers with a grant in it. */
  readonly displayNames: readonly string[];
  /** Seconds since the epoch. */
  readonly created_at: number;
  readonly expires_at: number;
}

interface OwnSessionsProps {
  readonly sessions: readonly OwnSessionView[];
  /** There are others that the list does not show. */
  readonly more: boolean;
}

/** Where the user is signed in; every session but this one can be ended by itself. */
export const OwnSessionsPage: FC<OwnSessionsProps> = ({ sessions, more }) => (
  <Page title="Your sessions">
    <div class="stack">
      <section class="card">
        <h1>Your sessions</h1>
        <p>The browsers where you're signed in. Very recent sign-ins may be missing.</p>
        {more && (
          <p>
            <strong>You have more sessions than the {sessions.length} shown here.</strong> To end them all,
            sign out everywhere.
          </p>
        )}
        <a href={link('/session')}>Back to this one</a>
      </section>
      {sessions.map((session) => (
        <OwnSession {...session} />
      ))}
    </div>
  </Page>
);

const OwnSession: FC<OwnSessionView> = ({ id, current, displayNames, created_at, expires_at }) => (
  <section class="card" aria-labelledby={`session-${id}`}>
    <h2 id={`session-${id}`}>{current ? 'This browser' : `Session ${id.slice(0, 6)}`}</h2>
    <dl class="facts">
      <dt>Signed in with</dt>
      <dd>{displayNames.join(', ')}</dd>
      <dt>Since</dt>
      <dd>
        <Moment at={created_at} />
      </dd>
      <dt>Until</dt>
      <dd>
        <Moment at={expires_at} />, later if used
      </dd>
    </dl>
    {!current && (
      <form method="post" action={link(`/sessions/end?id=${id}`)}>
        <button class="button" type="submit">
          End session {id.slice(0, 6)}
        </button>
      </form>
    )}
  </section>
);
