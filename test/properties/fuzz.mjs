const DEFAULT_RUNS = 100;

function numberOf(name, fallback) {
  const value = process.env[name];
  if (value === undefined || value === '') return fallback;
  if (!/^-?\d+$/.test(value)) throw new Error(`${name}=${value} is not a whole number.`);
  return Number(value);
}

/**
 * Says how many cases each property is tried with (`FUZZ_RUNS`), and from which seed they are made (`FUZZ_SEED`):
 * the same seed makes the same cases again.
 */
export default function setup({ provide }) {
  const runs = numberOf('FUZZ_RUNS', DEFAULT_RUNS);
  const seed = numberOf('FUZZ_SEED', Math.floor(Math.random() * 2 ** 31));
  provide('fuzz', { runs, seed });
  console.log(`Properties: ${runs} cases each. Again with these: FUZZ_RUNS=${runs} FUZZ_SEED=${seed}`);
}
