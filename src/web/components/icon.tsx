import type { FC } from 'hono/jsx';

/** A provider's mark, or the first letter of its name. Decoration: the name always stands beside it. */
export const ProviderIcon: FC<{ icon?: string | undefined; name: string }> = ({ icon, name }) =>
  icon ? (
    <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
      <path d={icon} />
    </svg>
  ) : (
    <span class="mark monogram" aria-hidden="true">
      {[...name][0]?.toUpperCase()}
    </span>
  );
