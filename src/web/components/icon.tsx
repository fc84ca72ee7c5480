import type { FC } from 'hono/jsx';

/** A key, for providers without a mark: a letter could be taken for another product's. */
const KEY =
  'M15 1a8 8 0 0 0-7.6 10.5L1 17.9V23h5.1v-2.6h2.6v-2.6h2.5l1.300-1.300A8 8 0 1 0 15 1m2.5 8a2.5 2.5 0 1 1 0-5 2.5 2.5 0 0 1 0 5';

/** A provider's mark, or a key. Decoration: the name is always beside it. */
export const ProviderIcon: FC<{ icon?: string | undefined }> = ({ icon = KEY }) => (
  <svg class="mark" viewBox="0 0 24 24" aria-hidden="true">
    <path d={icon} />
  </svg>
);
