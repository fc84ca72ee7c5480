import fc from 'fast-check';
import { inject, it, vi } from 'vitest';

const { runs, seed } = inject('fuzz');
/** Generous: a property is slow only where the machine is. In milliseconds. */
const LEAST_TIME = 60_000;
const TIME_PER_CASE = 600;
/** What CI asks for; whoever asks for more wants all of them. */
const CI_RUNS = 10_000;

/**
 * A test that `property` holds for every case that the arbitraries make: `FUZZ_RUNS` of them, made from `FUZZ_SEED`,
 * or a `divisor`-th of that where a case costs many requests, and so much more time, and no more than `most` unless more
 * than 10,000 are asked for. What fails is shrunk and told with its seed and path.
 */
export function holds<Case extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [Index in keyof Case]: fc.Arbitrary<Case[Index]> },
  property: (...values: Case) => Promise<void> | void,
  { divisor = 1, most = Number.POSITIVE_INFINITY }: { divisor?: number; most?: number } = {},
): void {
  const share = Math.max(1, Math.ceil(runs / divisor));
  const numRuns = runs > CI_RUNS ? share : Math.min(share, most);
  it(name, { timeout: LEAST_TIME + numRuns * divisor * TIME_PER_CASE }, async () => {
    // The Worker's log of thousands of cases would bury the one that fails.
    const log = vi.spyOn(console, 'log').mockImplementation(() => {});
    const check = async (...values: Case) => {
      log.mockClear();
      await property(...values);
    };
    try {
      await fc.assert(fc.asyncProperty<Case>(...arbitraries, check), { numRuns, seed });
    } finally {
      log.mockRestore();
    }
  });
}
