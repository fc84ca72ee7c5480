import type { FC } from 'hono/jsx';

interface CodeBlockProps {
  readonly text: string;
  /** What a screen reader calls it. */
  readonly label: string;
  readonly id?: string;
  /** The request that the script keeps true while its form is edited. */
  readonly request?: string;
}

/** Text of a machine, in a box that scrolls and so takes the focus. */
export const CodeBlock: FC<CodeBlockProps> = ({ text, label, id, request }) => (
  <section class="code" aria-label={label} tabindex={0}>
    <pre id={id} data-request={request}>
      {text}
    </pre>
  </section>
);
