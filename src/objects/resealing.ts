/** What came of sealing a stored value with the first secret; `unreadable`: no secret of `SESSION_SECRET` opens it. */
export type Resealing = 'resealed' | 'unchanged' | 'unreadable';

/** How many values were sealed again, and how many no secret opens. */
export interface ResealCounts {
  readonly resealed: number;
  readonly unreadable: number;
}

export function resealCounts(results: readonly Resealing[]): ResealCounts {
  const count = (wanted: Resealing) => results.filter((result) => result === wanted).length;
  return { resealed: count('resealed'), unreadable: count('unreadable') };
}
