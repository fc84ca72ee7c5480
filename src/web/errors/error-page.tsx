import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Prose } from '../components/prose.tsx';
import { Steps, type StepView } from '../components/steps.tsx';
import { link } from '../href.tsx';

interface ErrorPageProps {
  readonly status: number;
  readonly title: string;
  readonly error: string;
  readonly description: string;
  readonly hint: string;
  readonly flow: string;
  /** An operator sees it. */
  readonly admin: boolean;
  /** Where a new start goes. */
  readonly retryHref?: string;
  /** INSPECT: what exactly was wrong, as the log says it. */
  readonly detail?: string;
  /** INSPECT: the steps of the login that failed. */
  readonly steps?: readonly StepView[];
}

/** What the button says; a login is started again, anything else goes on from where it stands. */
function retryLabel(error: string, href: string): string {
  if (error === 'account_mismatch') return 'Sign in as the other person';
  if (error === 'forbidden') return 'Continue';
  if (href === link('/session')) return 'Back to the session';
  return ['not_signed_in', 'login_required'].includes(error) ? 'Sign in' : 'Start again';
}

function homeLabel({ error, admin }: Pick<ErrorPageProps, 'error' | 'admin'>): string {
  if (error === 'account_mismatch') return 'Stay signed in';
  return admin ? 'Go to admin' : 'Go to the login page';
}

export const ErrorPage: FC<ErrorPageProps> = ({ retryHref, ...props }) => {
  const home = link(props.error === 'account_mismatch' ? '/session' : props.admin ? '/admin' : '/');
  return (
    <Page title={props.title} operator={props.admin} {...(props.steps && { wide: true, script: true })}>
      <div class="stack">
        <section class="card">
          <p class="eyebrow">Error {props.status}</p>
          <h1>{props.title}</h1>
          <p>
            <Prose text={props.description} />
          </p>
          <p>
            <strong>What to do:</strong> <Prose text={props.hint} />
          </p>
          {props.detail !== undefined && (
            <p>
              <strong>In the log:</strong> <code>{props.detail}</code>
            </p>
          )}
          <p class="row">
            {retryHref !== undefined && (
              <a class="button primary" href={retryHref}>
                {retryLabel(props.error, retryHref)}
              </a>
            )}
            {retryHref !== home && (
              <a class={retryHref === undefined ? 'button primary' : 'button'} href={home}>
                {homeLabel(props)}
              </a>
            )}
          </p>
          <p class="hint">
            <code>{props.error}</code> · flow <code>{props.flow}</code>
          </p>
        </section>
        {props.steps && <Steps steps={props.steps} />}
      </div>
    </Page>
  );
};
