import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Steps, type StepView } from '../components/steps.tsx';
import { Moment } from '../components/time.tsx';
import { GrantCard, type GrantView } from './grant-card.tsx';
import { type ProviderButton, ProviderButtons } from './login-page.tsx';

interface SessionPageProps {
  readonly displayName: string;
  readonly provider: string;
  readonly sub: string;
  readonly claims: readonly { name: string; value: string }[];
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly grants: readonly GrantView[];
  /** Providers that can be added to this session. */
  readonly connect: readonly ProviderButton[];
  /** The user's sessions in other browsers can be ended from here. */
  readonly everywhere: boolean;
  /** INSPECT: how the tokens came. */
  readonly inspect?: { readonly steps: readonly StepView[] };
}

/** More to connect than this wait until they are asked for. */
const MOST_SHOWN = 8;

export const SessionPage: FC<SessionPageProps> = (props) => (
  <Page title={props.displayName} wide={props.inspect !== undefined} script>
    <div class={props.inspect ? 'desk result' : 'stack'}>
      <div class="stack">
        <Who {...props} />
        {props.grants.map((grant) => (
          <GrantCard {...grant} />
        ))}
        {props.connect.length > 0 && (
          <section class="card" aria-labelledby="connect">
            <h2 id="connect">Connect another</h2>
            {props.connect.length > MOST_SHOWN ? (
              <details>
                <summary>{props.connect.length} providers to choose from</summary>
                <ProviderButtons providers={props.connect} verb="Connect" />
              </details>
            ) : (
              <ProviderButtons providers={props.connect} verb="Connect" />
            )}
          </section>
        )}
      </div>
      {props.inspect && <Steps steps={props.inspect.steps} />}
    </div>
  </Page>
);

const Who: FC<SessionPageProps> = (props) => (
  <section class="card">
    <p class="eyebrow">Signed in with {props.provider}</p>
    <h1>{props.displayName}</h1>
    <dl class="facts">
      {props.sub && (
        <>
          <dt>Subject</dt>
          <dd>
            <code>{props.sub}</code>
          </dd>
        </>
      )}
      {props.claims.map(({ name, value }) => (
        <>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </>
      ))}
      <dt>Since</dt>
      <dd>
        <Moment at={props.createdAt} />
      </dd>
      <dt>Until</dt>
      <dd>
        <Moment at={props.expiresAt} />, later if used
      </dd>
    </dl>
    <form class="row" method="post" action="/logout">
      <button class="button" type="submit">
        Sign out
      </button>
      {props.everywhere && (
        <button class="button" type="submit" formaction="/logout?everywhere=1">
          Sign out everywhere
        </button>
      )}
    </form>
    {props.everywhere && (
      <p>
        <a href="/sessions">Your sessions</a>
      </p>
    )}
  </section>
);
