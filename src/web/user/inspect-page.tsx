import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Steps, type StepView } from '../components/steps.tsx';
import { Moment } from '../components/time.tsx';
import { ApiCallCard, type ApiCallCardProps } from './api-call-card.tsx';
import { GrantCard, type GrantView } from './grant-card.tsx';
import { Connect, type SessionPageProps, SignOut } from './session-page.tsx';

interface InspectPageProps extends Omit<SessionPageProps, 'accounts' | 'email'> {
  readonly sub: string;
  readonly claims: readonly { name: string; value: string }[];
  /** Seconds since the epoch. */
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly grants: readonly GrantView[];
  readonly call: ApiCallCardProps | undefined;
  /** How the tokens came. */
  readonly steps: readonly StepView[];
}

/** INSPECT: what a developer wants to see. The token first, then a call with it, then how it came. */
export const InspectPage: FC<InspectPageProps> = (props) => (
  <Page title={titleOf(props)} wide script>
    <header class="title">
      <h1>{titleOf(props)}</h1>
      <p class="hint">
        Signed in with <bdi>{props.provider.displayName}</bdi> <Moment at={props.createdAt} />
      </p>
    </header>
    <div class="desk result">
      <div class="stack">
        {props.grants.map((grant) => (
          <GrantCard {...grant} />
        ))}
        {props.call && <ApiCallCard {...props.call} />}
        <User {...props} />
        <Connect providers={props.connect} />
      </div>
      <Steps steps={props.steps} />
    </div>
  </Page>
);

function titleOf({ name, sub }: InspectPageProps): string {
  return name || sub || 'You’re signed in';
}

const User: FC<InspectPageProps> = (props) => (
  <section class="card" aria-labelledby="user">
    <h2 id="user">The user</h2>
    <dl class="facts">
      {props.sub && (
        <>
          <dt>sub</dt>
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
      <dt>Session ends</dt>
      <dd>
        <Moment at={props.expiresAt} />, extended while in use
      </dd>
    </dl>
    <SignOut everywhere={props.everywhere} programs={props.programs} />
  </section>
);
