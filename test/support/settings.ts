import type { Env } from '../../src/settings/env.ts';

/** Long and random enough to pass; worth nothing anywhere else. */
export const SESSION_SECRET = 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E';
export const OTHER_SECRET = 'Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa';

export const ORIGIN = 'https://app.example';

/** Marks settings that a test has made up, against those that the runtime read from files. */
export const MADE_BY_TEST = 'MADE_BY_TEST';

/** Settings of a Worker with the given ones over a session secret. The tests’ origin is https, and they may inspect. */
export function settings(own: Env): Env {
  return { SESSION_SECRET, [MADE_BY_TEST]: true, DANGEROUSLY_INSPECT_IN_PUBLIC: true, ...own };
}
