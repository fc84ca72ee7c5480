/** How far the clock of somebody else's server may be off, in seconds: one figure for every time that it writes. */
export const CLOCK_SKEW_SECONDS = 60;

/** The time, in whole seconds since the epoch: what JWTs and our own records count in. */
export function nowSeconds(): number {
  return Math.floor(Date.now() / 1000);
}
