import type { Context, MiddlewareHandler, Next } from 'hono';
import type { ErrorCode } from '../../error-kinds.ts';
import { DrawbridgeError } from '../../errors.ts';
import { log } from '../../log.ts';
import { ownRoute } from '../../settings/routes.ts';
import type { AppEnv } from '../app-env.ts';
import { callbackOwner } from '../redirect-uri.ts';

/**
 * The client's address as reported by the platform, never by the client. An IPv6 client usually has 2⁶⁴ addresses, so
 * they count as one: their network, `2001:db8:1:2::/64`.
 */
export function clientAddress(c: Context): string {
  const address = c.req.header('cf-connecting-ip') ?? 'unknown';
  // protects: one address for a network
  return address.includes(':') && !address.includes('.') ? networkOf(address) : address;
}

/** Pure: the first four groups of an IPv6 address, `::` written out. */
function networkOf(address: string): string {
  const [before = [], after = []] = address
    .split('::', 2)
    .map((groups) => groups.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - before.length - after.length)).fill('0');
  return `${[...before, ...zeros, ...after].slice(0, 4).join(':')}::/64`;
}

/**
 * Limits requests per client address to each route that says so, and those that fail far more strictly: thousands of
 * users may share one address, but few of their logins fail. Throws `rate_limited`, also in place of the error of a
 * failed request.
 */
export const limitRate: MiddlewareHandler<AppEnv> = (c, next) => {
  // A redirect URI may be at any path.
  const route = callbackOwner(c) ? ownRoute('/callback') : ownRoute(c.req.path);
  return route?.limited ? limited(c, route.path.slice(1), next) : next();
};

async function limited(c: Context<AppEnv>, area: string, next: Next): Promise<void> {
  await requireRate(c, area);
  try {
    await next();
  } catch (error) {
    // Of a middleware: those of routes have been answered.
    await countFailure(c, area, error);
    throw error;
  }
  if (c.error) await countFailure(c, area, c.error);
}

/** Counts a request in `area` by the binding `LIMITER`, where there is one. Throws `rate_limited`. */
export async function requireRate(c: Context<AppEnv>, area: string): Promise<void> {
  await requireWithin(c, c.get('settings').limiter, area);
}

/** Errors that don't count as failed attempts: the provider or this Worker is down, or a user changed their mind. */
const NOT_COUNTED: ReadonlySet<ErrorCode> = new Set([
  'access_denied',
  'config_invalid',
  'internal',
  'not_signed_in',
  'provider_unreachable',
  'rate_limited',
]);

/** Counts a request that failed by the binding `FAILURE_LIMITER`, where there is one. Throws `rate_limited`. */
export async function countFailure(c: Context<AppEnv>, area: string, error: unknown): Promise<void> {
  if (!(error instanceof DrawbridgeError) || NOT_COUNTED.has(error.code)) return;
  await requireWithin(c, c.get('settings').failureLimiter, area);
}

/** A binding that fails limits nothing: it must not keep everybody from signing in. */
async function requireWithin(
  c: Context<AppEnv>,
  limiter: RateLimit | undefined,
  area: string,
): Promise<void> {
  let isWithin = true;
  try {
    if (limiter) isWithin = (await limiter.limit({ key: `${area} ${clientAddress(c)}` })).success;
  } catch (error) {
    log('limiter_failed', { detail: String(error) });
  }
  if (!isWithin) throw new DrawbridgeError('rate_limited');
}

const MOST_ADDRESSES = 1000;

/**
 * Wrong guesses per client address in this isolate. The bindings limit across isolates; this one is always there. Ask
 * it after a guess has proved wrong: what is right must never wait for what others have guessed.
 */
export class Guesses {
  readonly #perMs: number;
  readonly #counts = new Map<string, { count: number; since: number }>();

  constructor({ perSeconds }: { perSeconds: number }) {
    this.#perMs = perSeconds * 1000;
  }

  /** True if `most` wrong guesses were counted within the time. `now` in milliseconds. */
  areSpent(address: string, most: number, now: number): boolean {
    const held = this.#counts.get(address);
    return held !== undefined && now - held.since < this.#perMs && held.count >= most;
  }

  count(address: string, now: number): void {
    const held = this.#counts.get(address);
    const isOver = held === undefined || now - held.since >= this.#perMs;
    this.#counts.delete(address);
    this.#counts.set(address, isOver ? { count: 1, since: now } : { ...held, count: held.count + 1 });
    if (this.#counts.size > MOST_ADDRESSES) this.#counts.delete(this.#counts.keys().next().value as string);
  }
}
