import type { FC } from 'hono/jsx';
import { Page } from './layout.tsx';
import { Prose } from './prose.tsx';

interface ErrorPageProps {
  readonly status: number;
  readonly title: string;
  readonly error: string;
  readonly description: string;
  readonly hint: string;
  readonly flow: string;
  /** Where a new start goes. */
  readonly retryHref?: string;
}

export const ErrorPage: FC<ErrorPageProps> = (props) => (
  <Page title={props.title}>
    <section class="card">
      <p class="eyebrow">Error {props.status}</p>
      <h1>{props.title}</h1>
      <p>
        <Prose text={props.description} />
      </p>
      <p>
        <strong>What to do:</strong> <Prose text={props.hint} />
      </p>
      <p class="row">
        {props.retryHref !== undefined && (
          <a class="button primary" href={props.retryHref}>
            Start again
          </a>
        )}
        <a class="button" href="/">
          To the login page
        </a>
      </p>
      <p class="hint">
        <code>{props.error}</code> · flow <code>{props.flow}</code>
      </p>
    </section>
  </Page>
);
