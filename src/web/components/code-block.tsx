import type { FC } from 'hono/jsx';

interface CodeBlockProps {
  readonly text: string;
  /** What a screen reader calls it. */
  readonly label: string;
  readonly id?: string;
  /** Where the shown request goes; the script keeps it true while its form is edited. */
  readonly endpoint?: string;
}

/** Text of a machine, in a box that scrolls and so takes the focus. */
export const CodeBlock: FC<CodeBlockProps> = ({ text, label, id, endpoint }) => (
  <section class="code" aria-label={label} tabindex={0}>
    <pre id={id} data-endpoint={endpoint}>
      {text}
    </pre>
  </section>
);

/** A URL or a form's body, one parameter a line, for reading; white space is no part of the request. */
export function brokenByParameter(text: string): string {
  return text.replace('?', '\n  ?').replaceAll('&', '\n  &');
}
