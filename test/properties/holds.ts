import fc from 'fast-check';
import { inject, it, vi } from 'vitest';

const { runs, seed } = inject('fuzz');
/** Generous: a property is slow only where the machine is. In milliseconds. */
const LEAST_TIME = 60_000;
const TIME_PER_CASE = 60;

/**
 * A test that `property` holds for every case that the arbitraries make: `FUZZ_RUNS` of them, made from `FUZZ_SEED`,
 * or a `divisor`-th of that where a case costs many requests. What fails is shrunk and told with its seed and path.
 */
export function holds<Case extends [unknown, ...unknown[]]>(
  name: string,
  arbitraries: { [Index in keyof Case]: fc.Arbitrary<Case[Index]> },
  property: (...values: Case) => Promise<void> | void,
  { divisor = 1 }: { divisor?: number } = {},
): void {
  const numRuns = Math.max(1, Math.ceil(runs / divisor));
  it(name, { timeout: LEAST_TIME + numRuns * TIME_PER_CASE }, async () => {
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
