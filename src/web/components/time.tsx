import type { FC } from 'hono/jsx';

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
/** Made when a page shows the first time: making them takes a quarter of a cold start. */
let formats: { readonly relative: Intl.RelativeTimeFormat; readonly exact: Intl.DateTimeFormat } | undefined;

function timeFormats() {
  formats ??= {
    relative: new Intl.RelativeTimeFormat('en', { numeric: 'auto' }),
    exact: new Intl.DateTimeFormat('en', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' }),
  };
  return formats;
}

/** Pure: how far `at` is from `now`, as people say it: “5 minutes ago”, “tomorrow”, “just now”. Both in seconds since the epoch. */
export function relativeTime(at: number, now: number): string {
  const distance = at - now;
  for (const [unit, seconds] of UNITS) {
    if (Math.abs(distance) >= seconds)
      return timeFormats().relative.format(Math.round(distance / seconds), unit);
  }
  return distance > 0 ? 'in less than a minute' : 'just now';
}

/** The last moment that a date can hold, in seconds since the epoch (ECMA-262, Time Values): a provider may name later ones. */
const LAST_MOMENT = 8.64e12;

/** A moment as ISO 8601; empty for one that no date can hold. `at` in seconds since the epoch. */
function isoTime(at: number): string {
  return Math.abs(at) <= LAST_MOMENT ? new Date(at * 1000).toISOString() : '';
}

/** A moment, relative to now; the exact one is in the tooltip, which the script gives in local time. */
export const Moment: FC<{ at: number }> = ({ at }) => {
  if (isoTime(at) === '') return <>never</>;
  const date = new Date(at * 1000);
  return (
    <time datetime={isoTime(at)} title={`${timeFormats().exact.format(date)} UTC`} data-moment>
      {relativeTime(at, Date.now() / 1000)}
    </time>
  );
};

/** When a token ends; the script counts down. */
export const ExpiryTime: FC<{ at: number | undefined }> = ({ at }) =>
  at === undefined ? (
    <>no expiry given</>
  ) : (
    <>
      {at * 1000 > Date.now() ? 'expires' : 'expired'} <Moment at={at} />{' '}
      <span class="hint" data-expires={at} />
    </>
  );

/** When something was last used, which is known to the hour. */
export const LastUsed: FC<{ at: number }> = ({ at }) =>
  Date.now() / 1000 - at < 3600 ? <>in the last hour</> : <Moment at={at} />;
