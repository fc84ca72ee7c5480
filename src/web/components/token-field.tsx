import type { FC } from 'hono/jsx';
import { CodeBlock } from './code-block.tsx';
import { CopyButton } from './copy-button.tsx';

/** A secret value: named and measured, hidden until asked for. Works without a script. */
export const SecretField: FC<{ id: string; name: string; value: string; open?: boolean }> = ({
  id,
  name,
  value,
  open,
}) => (
  <div class="secret">
    <details open={open}>
      <summary>
        <code>{name}</code> <span class="hint">{value.length} characters</span>
        <span class="reveal" />
      </summary>
      <CodeBlock id={id} label={name} text={value} />
    </details>
    <CopyButton target={id} what={name} />
  </div>
);
