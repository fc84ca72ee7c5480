import { errors } from 'jose';
import { type AuthorizationServer, KEY_SELECTION, OperationProcessingError } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { knownServer, renewServer } from './metadata.ts';

/**
 * How often the keys are asked for again, in milliseconds, by what brings a token that they do not fit. Anybody can
 * send a logout token or come back with a signed answer, so those have budgets of their own: they must not use up the
 * one of the token endpoint, whose answers come from the provider itself.
 */
const BUDGETS_MS = { token_endpoint: 10_000, logout_token: 60_000, authorization: 60_000 };

/** What brought the token whose signature is checked. */
export type KeyPurpose = keyof typeof BUDGETS_MS;

const renewedAt = new WeakMap<Provider, Map<KeyPurpose, number>>();

/**
 * Checks a signature of the provider, and once more with new keys if it is by a key that is not known or does not fit:
 * the provider may have changed its keys (OpenID Connect Core §10.1.1), under an old `kid` too. Throws what `check`
 * throws.
 */
export async function withNewKeys<Result>(
  provider: Provider,
  server: AuthorizationServer,
  purpose: KeyPurpose,
  check: (server: AuthorizationServer) => Promise<Result>,
): Promise<Result> {
  try {
    return await check(server);
  } catch (error) {
    const renewed = isAboutKeys(error) ? renewKeys(provider, server, purpose) : undefined;
    if (!renewed) throw error;
    return check(renewed);
  }
}

/** True if other keys may tell otherwise. */
function isAboutKeys(error: unknown): boolean {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return true;
  if (error instanceof errors.JWSSignatureVerificationFailed) return true;
  return (
    error instanceof OperationProcessingError &&
    (error.code === KEY_SELECTION || /signature verification failed/.test(error.message))
  );
}

/**
 * A server whose keys are newer than those of `server`: the one that another login has renewed meanwhile, or one
 * whose keys will be read again. Undefined if that was done a moment ago.
 */
function renewKeys(
  provider: Provider,
  server: AuthorizationServer,
  purpose: KeyPurpose,
): AuthorizationServer | undefined {
  const current = knownServer(provider);
  if (current !== server && isComplete(current)) return current;
  const now = Date.now();
  const times = renewedAt.get(provider) ?? new Map<KeyPurpose, number>();
  if (now - (times.get(purpose) ?? 0) < BUDGETS_MS[purpose]) return undefined;
  renewedAt.set(provider, times.set(purpose, now));
  return renewServer(provider);
}

function isComplete(server: Partial<AuthorizationServer>): server is AuthorizationServer {
  return server.issuer !== undefined;
}
