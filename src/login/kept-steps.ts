import type { Step } from '../oauth/steps.ts';

/**
 * With INSPECT: the requests before the browser went to the provider, by the state of the login, newest last. They don't
 * fit into a cookie. A login that comes back to another isolate is shown without them.
 */
const kept = new Map<string, readonly Step[]>();
export const KEPT_LOGINS = 50;

export function keepSteps(state: string, steps: readonly Step[]): void {
  kept.delete(state);
  kept.set(state, steps);
  if (kept.size > KEPT_LOGINS) kept.delete(kept.keys().next().value as string);
}

/** The steps of the login with that state, if they are still known. */
export function keptSteps(state: string | undefined): readonly Step[] {
  return kept.get(state ?? '') ?? [];
}
