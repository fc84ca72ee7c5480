import type { Env } from '../src/config.ts';

/** Long and random enough to pass; worth nothing anywhere else. */
export const SESSION_SECRET = 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E';
export const OTHER_SECRET = 'Xo6Wl1Ge8Rb3Nz5Tk0Vc7Qy2Pf9Jm4Sa';

export const ORIGIN = 'https://app.example';

/** Settings of a Worker with the given ones over a session secret. */
export function settings(own: Env): Env {
  return { SESSION_SECRET, ...own };
}
