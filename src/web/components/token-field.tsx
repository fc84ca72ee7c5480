import type { FC } from 'hono/jsx';
import { CodeBlock } from './code-block.tsx';
import { CopyButton } from './copy-button.tsx';

interface SecretFieldProps {
  readonly id: string;
  readonly name: string;
  /** Whose it is: a page may show the tokens of several providers. */
  readonly of: string;
  readonly value: string;
  readonly open?: boolean;
}

/** A secret value: named and measured, hidden until asked for. Works without a script. */
export const SecretField: FC<SecretFieldProps> = ({ id, name, of, value, open }) => (
  <div class="secret">
    <details open={open}>
      <summary>
        <code>{name}</code> <span class="hint">{value.length} characters</span>
        <span class="reveal" />
      </summary>
      <CodeBlock id={id} label={`${name} of ${of}`} text={value} />
    </details>
    <CopyButton target={id} what={`${name} of ${of}`} />
  </div>
);
