import type { FC } from 'hono/jsx';
import { brokenByParameter, CodeBlock } from './code-block.tsx';
import { CopyButton } from './copy-button.tsx';

interface Header {
  readonly name: string;
  readonly value: string;
}

export interface StepView {
  readonly title: string;
  /** ISO 8601. */
  readonly at: string;
  readonly durationMs?: number;
  readonly note?: string;
  readonly request?: { method: string; url: string; headers: readonly Header[]; body?: string };
  readonly response?: { status: number; headers: readonly Header[]; body?: string };
  readonly curl?: string;
  /** What to know before running the curl command. */
  readonly curlNote?: string;
}

/** How the token came: what was sent and what came back, step by step, secrets blanked. */
export const Steps: FC<{ steps: readonly StepView[] }> = ({ steps }) => (
  <section class="card" aria-labelledby="steps">
    <h2 id="steps">The steps of the sign-in</h2>
    <p class="hint">What was sent and what came back. Secrets are hidden (•••).</p>
    <ol class="plain timeline">
      {steps.map((step, index) => (
        <li>
          <StepItem step={step} id={`step-${index}`} />
        </li>
      ))}
    </ol>
  </section>
);

/** One request and its response. `id` is unique on the page. */
export const StepItem: FC<{ step: StepView; id: string }> = ({ step, id }) => (
  <>
    <h3>{step.title}</h3>
    <p class="hint">
      <time datetime={step.at} title={`${step.at.slice(11, 23)} UTC`} data-clock>
        {step.at.slice(11, 23)}
      </time>
      {step.durationMs !== undefined && `, took ${step.durationMs} ms`}
      {step.note !== undefined && `. ${step.note}`}
    </p>
    {step.request && (
      <CodeBlock
        label={`${step.title}: request`}
        text={`${step.request.method} ${brokenByParameter(step.request.url)}\n${lines(step.request.headers)}${bodyOf(step.request)}`}
      />
    )}
    {step.response && (
      <CodeBlock
        label={`${step.title}: response`}
        text={`${step.response.status}\n${lines(step.response.headers)}${bodyOf(step.response)}`}
      />
    )}
    {step.curl !== undefined && (
      <>
        <code id={`${id}-curl`} hidden>
          {step.curl}
        </code>
        <CopyButton target={`${id}-curl`} what={`${step.title} as curl`} label="Copy as curl" />
        {step.curlNote !== undefined && <p class="hint">{step.curlNote}</p>}
      </>
    )}
  </>
);

function lines(headers: readonly Header[]): string {
  return headers.map(({ name, value }) => `${name}: ${value}\n`).join('');
}

function bodyOf({ body }: { body?: string }): string {
  if (!body) return '';
  return `\n${/^\s*[{[<]/.test(body) ? body : brokenByParameter(body)}`;
}
