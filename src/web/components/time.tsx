import type { FC } from 'hono/jsx';

function iso(seconds: number): string {
  return new Date(seconds * 1000).toISOString();
}

/** A moment, in UTC, as people read it. */
export const Moment: FC<{ at: number }> = ({ at }) => (
  <time datetime={iso(at)}>{iso(at).slice(0, 16).replace('T', ' ')} UTC</time>
);

/** When a token ends; the script counts down. */
export const ExpiryTime: FC<{ at: number | undefined }> = ({ at }) =>
  at === undefined ? (
    <>no end named</>
  ) : (
    <>
      until <Moment at={at} /> <span class="hint" data-expires={at} />
    </>
  );
