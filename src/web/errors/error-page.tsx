import type { FC } from 'hono/jsx';
import { Page } from '../components/layout.tsx';
import { Prose } from '../components/prose.tsx';
import { Steps, type StepView } from '../components/steps.tsx';
import { link } from '../href.tsx';
import type { Words } from './for-people.ts';

interface ErrorPageProps extends Words {
  readonly status: number;
  readonly error: string;
  readonly flow: string;
  /** An operator sees it. */
  readonly admin: boolean;
  /** Where a new start goes. */
  readonly retryHref?: string;
  /** Where the user signs out at the provider. */
  readonly leaveHref?: string;
  /** The new start is in another tab: this one still has what was entered. */
  readonly retryInTab?: boolean;
  /** The error's own words, where those for people are different. */
  readonly forOperator?: Words;
  /** INSPECT: what exactly was wrong, as the log says it. */
  readonly detail?: string;
  /** INSPECT: the steps of the login that failed. */
  readonly steps?: readonly StepView[];
}

/** A button that leads on. */
interface Way {
  readonly href: string;
  readonly label: string;
  readonly target?: '_blank';
}

/** The text of the button: a login is started again, anything else is tried again. */
function retryLabel(error: string, href: string): string {
  if (error === 'account_mismatch') return 'Sign in as the other person';
  if (['forbidden', 'insufficient_scope'].includes(error)) return 'Continue';
  if (href === link('/logout')) return 'Sign out';
  if (error === 'not_allowed' && href.startsWith(link('/login/'))) return 'Use another account';
  if (['upstream_unreachable', 'upstream_timeout'].includes(error)) return 'Try again';
  if (href === link('/session')) return 'Back to the session';
  if (error === 'not_found') return 'Go to connections';
  return ['not_signed_in', 'login_required'].includes(error) ? 'Sign in' : 'Start again';
}

/** A visit that only has to be confirmed. */
function isQuestion({
  error,
  retryHref,
}: Pick<ErrorPageProps, 'error'> & { retryHref?: string | undefined }) {
  return error === 'forbidden' && retryHref !== undefined;
}

/** The buttons, the one to press first: it leads on, but never ends a session. */
function waysOn({ error, admin, retryHref, retryInTab, leaveHref }: ErrorPageProps): Way[] {
  const retry = retryHref === undefined ? [] : [{ href: retryHref, label: retryLabel(error, retryHref) }];
  if (retryInTab) return retry.map((way) => ({ ...way, target: '_blank' }));
  if (error === 'account_mismatch') return [{ href: link('/session'), label: 'Stay signed in' }, ...retry];
  if (isQuestion({ error, retryHref })) return [...retry, { href: link('/session'), label: 'Cancel' }];
  if (leaveHref !== undefined) return [...retry, { href: leaveHref, label: 'Sign out at the provider' }];
  const home = admin
    ? { href: link('/admin'), label: 'Go to admin' }
    : { href: link('/'), label: 'Go to the login page' };
  return [...retry, ...(retryHref === home.href ? [] : [home])];
}

export const ErrorPage: FC<ErrorPageProps> = (props) => (
  <Page title={props.title} operator={props.admin} {...(props.steps && { wide: true, script: true })}>
    <div class="desk">
      <section class="card">
        {!isQuestion(props) && <p class="eyebrow">Error {props.status}</p>}
        <h1>{props.title}</h1>
        <p>
          <Prose text={props.description} />
        </p>
        <p>
          {!isQuestion(props) && <strong>What to do:</strong>} <Prose text={props.hint} />
        </p>
        {props.detail !== undefined && (
          <p>
            <strong>In the log:</strong> <code>{props.detail}</code>
          </p>
        )}
        <p class="row">
          {waysOn(props).map(({ href, label, target }, index) => (
            <a class={index === 0 ? 'button primary' : 'button'} href={href} target={target}>
              {label}
            </a>
          ))}
        </p>
        {props.forOperator && <ForOperator {...props.forOperator} />}
        <p class="hint">
          <code>{props.error}</code> · flow <code>{props.flow}</code>
        </p>
      </section>
      {props.steps && <Steps steps={props.steps} />}
    </div>
  </Page>
);

const ForOperator: FC<Words> = ({ description, hint }) => (
  <details>
    <summary>For the operator</summary>
    <p class="hint">
      <Prose text={`${description} ${hint}`} />
    </p>
  </details>
);
