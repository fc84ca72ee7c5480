import type { Provider } from '../providers/provider.ts';
import type { Upstream } from '../settings/upstream.ts';

/** The scopes that were not granted. */
export function missingScope(granted: string, needed: readonly string[]): readonly string[] {
  if (needed.length === 0) return needed;
  const has = new Set(listOf(granted));
  return needed.filter((scope) => !has.has(scope));
}

/**
 * What an upstream's challenge may add to a grant: the scopes that it names, as far as the upstream's `scope` or the
 * provider's `optional_scope` names them too. An upstream can't make a user consent to whatever it likes.
 */
export function challengedScope(
  provider: Provider,
  upstream: Upstream,
  granted: string,
  challenged: readonly string[],
): readonly string[] {
  const allowed = new Set([...upstream.scope, ...optionalScope(provider)]);
  return missingScope(
    granted,
    // protects: challenged scopes
    challenged.filter((scope) => allowed.has(scope)),
  );
}

/**
 * The scopes of a sign-in that adds the missing ones: what the provider is asked for anyway, what was granted beyond
 * that and may be asked for again, and what is missing.
 */
export function scopeToAskFor(
  provider: Provider,
  upstreams: readonly Upstream[],
  granted: string,
  missing: readonly string[],
): string {
  const ofUpstreams = upstreams.filter((upstream) => upstream.provider === provider.id);
  const allowed = new Set([...optionalScope(provider), ...ofUpstreams.flatMap(({ scope }) => scope)]);
  const kept = listOf(granted).filter((scope) => allowed.has(scope));
  return [...new Set([...listOf(provider.scope), ...kept, ...missing])].join(' ');
}

/**
 * The scopes of a first sign-in on the way to an upstream, so that the user is asked once; undefined where the
 * provider's own do.
 */
export function scopeOfFirstSignIn(provider: Provider | undefined, { scope }: Upstream): string | undefined {
  if (!provider || missingScope(provider.scope, scope).length === 0) return undefined;
  return [...new Set([...listOf(provider.scope), ...scope])].join(' ');
}

function optionalScope(provider: Provider): readonly string[] {
  return listOf(provider.optional_scope);
}

function listOf(scope: string): readonly string[] {
  return scope.split(' ').filter((one) => one !== '');
}
