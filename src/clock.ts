/** How far the clock of another server may be off, in seconds: one figure for every time that somebody else writes. */
export const CLOCK_SKEW_SECONDS = 60;
