import { type AuthorizationServer, KEY_SELECTION, OperationProcessingError } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { knownServer, renewServer } from './metadata.ts';

/** An unknown key id makes us ask for the keys again, but this often at most. */
const KEY_REFETCH_MS = 60_000;
const refetchedAt = new WeakMap<Provider, number>();

/**
 * Checks a signature of the provider, and again with keys read anew if it is by a key that is not known: the
 * provider may have changed them (OpenID Connect Core §10.1.1). Throws what `check` throws.
 */
export async function withItsKeys<Result>(
  provider: Provider,
  server: AuthorizationServer,
  check: (server: AuthorizationServer) => Promise<Result>,
): Promise<Result> {
  try {
    return await check(server);
  } catch (error) {
    const isUnknownKey = error instanceof OperationProcessingError && error.code === KEY_SELECTION;
    const renewed = isUnknownKey ? renewKeys(provider, server) : undefined;
    if (!renewed) throw error;
    return withItsKeys(provider, renewed, check);
  }
}

/**
 * A server whose keys are newer than those of `server`: the one that another login has renewed meanwhile, or one
 * whose keys will be read anew. Undefined if that was done a moment ago.
 */
export function renewKeys(provider: Provider, server: AuthorizationServer): AuthorizationServer | undefined {
  const current = knownServer(provider);
  if (current !== server && isComplete(current)) return current;
  const now = Date.now();
  if (now - (refetchedAt.get(provider) ?? 0) < KEY_REFETCH_MS) return undefined;
  refetchedAt.set(provider, now);
  return renewServer(provider);
}

function isComplete(server: Partial<AuthorizationServer>): server is AuthorizationServer {
  return server.issuer !== undefined;
}
