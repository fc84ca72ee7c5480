import type { Context } from 'hono';
import type { Result } from 'hono/router';
import type { H, RouterRoute } from 'hono/types';

/** A handler as Hono's routers keep it. */
export type Routed = [handler: H, route: RouterRoute];

type ErrorHandler = (error: Error, c: Context) => Response | Promise<Response>;
/** Sets `c.res`. */
type Step = (c: Context) => Promise<void>;

/**
 * Makes one handler of all that a path leads to, because Hono puts them together again for every request. They run as in
 * Hono: each may answer or call the next one, an error is answered where it was thrown, and those before it go on with
 * that answer. Paths whose parameters Hono keeps apart from the handlers stay as they are.
 */
export function inOne(result: Result<Routed>, answerError: ErrorHandler): Result<Routed> {
  const [matched, stash] = result;
  const last = matched.at(-1);
  if (stash !== undefined || last === undefined || matched.length === 1) return result;
  const first = matched.reduceRight<Step>((next, [[handler]]) => step(handler, next, answerError), notFound);
  return [[[[first, last[0][1]], Object.assign({}, ...matched.map(([, params]) => params))]]];
}

function step(handler: H, next: Step, answerError: ErrorHandler): Step {
  return async (c) => {
    try {
      const answer = await handler(c, () => next(c));
      if (answer && !c.finalized) c.res = answer;
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      c.error = error;
      c.res = await answerError(error, c);
    }
  };
}

async function notFound(c: Context): Promise<void> {
  if (!c.finalized) c.res = await c.notFound();
}
