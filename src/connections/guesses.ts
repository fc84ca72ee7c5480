/** Wrong user codes: by whom, and by all together. */
export interface GuessCounts {
  /** When the window began, in seconds since the epoch. */
  readonly since: number;
  readonly all: number;
  readonly by: Readonly<Record<string, number>>;
}

/** Counts begin again after this, in seconds: longer than a user code lives. */
const WINDOW_SECONDS = 900;
const MOST_EACH = 5;
/**
 * By all together. With 50 guesses in 15 minutes at 20⁸ codes, of which a thousand may be open, an attacker with any
 * number of accounts hits one in 500,000 windows: in 14 years (RFC 8628 §5.1).
 */
const MOST_TOGETHER = 50;

/** Pure: one more guess of `who`; undefined if they, or all together, have made too many. `now` in seconds. */
export function withGuess(
  before: GuessCounts | undefined,
  who: string,
  now: number,
): GuessCounts | undefined {
  const isOver = before === undefined || now - before.since >= WINDOW_SECONDS;
  const counts = isOver ? { since: now, all: 0, by: {} } : before;
  const own = countOf(counts, who);
  // protects: guesses of user codes by each, guesses of user codes by all
  if (own >= MOST_EACH || counts.all >= MOST_TOGETHER) return undefined;
  return { ...counts, all: counts.all + 1, by: { ...counts.by, [who]: own + 1 } };
}

/** Pure: the counts without the last guess of `who`, which was right. */
export function withoutGuess(counts: GuessCounts, who: string): GuessCounts {
  const own = countOf(counts, who);
  if (own === 0) return counts;
  const { [who]: _, ...others } = counts.by;
  return { ...counts, all: counts.all - 1, by: own > 1 ? { ...others, [who]: own - 1 } : others };
}

function countOf({ by }: GuessCounts, who: string): number {
  return Object.hasOwn(by, who) ? (by[who] as number) : 0;
}
