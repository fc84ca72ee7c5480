import type { FC } from 'hono/jsx';

/** Text of ours in which `names in backticks` stand as code. */
export const Prose: FC<{ text: string }> = ({ text }) => (
  <>{text.split('`').map((part, index) => (index % 2 === 1 ? <code>{part}</code> : part))}</>
);
