import type { FC } from 'hono/jsx';

/** Copies the text of the element with that id. Shown by the script, which it needs. */
export const CopyButton: FC<{ target: string; what: string; label?: string }> = ({ target, what, label }) => (
  <button class="button small" type="button" data-copy={target} data-what={what} hidden>
    {label ?? 'Copy'}
    <span class="visually-hidden"> {label === undefined ? what : ''}</span>
  </button>
);
