import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Moment } from '../components/time.tsx';
import { link } from '../href.tsx';

interface OwnSessionView {
  readonly id: string;
  /** The session of this browser. */
  readonly current: boolean;
  /** What the browser is called, if that is known. */
  readonly browser: string | undefined;
  /** Of the providers with a grant in it. */
  readonly displayNames: readonly string[];
  /** Seconds since the epoch. */
  readonly created_at: number;
}

interface OwnSessionsProps {
  readonly sessions: readonly OwnSessionView[];
  /** There are others that the list does not show. */
  readonly more: boolean;
}

/** Where the user is signed in; every session but this one can be ended by itself. */
export const OwnSessionsPage: FC<OwnSessionsProps> = ({ sessions, more }) => (
  <Page title="Your sessions" script>
    <section class="card">
      <h1>Your sessions</h1>
      <p>The browsers where you’re signed in. Very recent sign-ins may be missing.</p>
      {more && (
        <p>
          <strong>You have more sessions than the {sessions.length} shown here.</strong> To end them all, sign
          out everywhere.
        </p>
      )}
      <ul class="plain rows">
        {sessions.map((session) => (
          <OwnSession {...session} />
        ))}
      </ul>
      <p>
        <a href={link('/session')}>Back</a>
      </p>
    </section>
  </Page>
);

const OwnSession: FC<OwnSessionView> = ({ id, current, browser, displayNames, created_at }) => {
  const name = browser ?? 'Unknown browser';
  return (
    <li>
      <div>
        <strong>{name}</strong> {current && <span class="state good">This browser</span>}
        <p class="hint">
          Signed in <Moment at={created_at} /> with {displayNames.join(', ')}
        </p>
      </div>
      {!current && (
        <form method="post" action={link(`/sessions/end?id=${id}`)}>
          <button class="button small" type="submit">
            Sign out
            <span class="visually-hidden">
              {' '}
              of {name}, session {id.slice(0, 6)}
            </span>
          </button>
        </form>
      )}
    </li>
  );
};
