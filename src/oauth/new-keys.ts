import { errors } from 'jose';
import { type AuthorizationServer, KEY_SELECTION, OperationProcessingError } from 'oauth4webapi';
import type { Provider } from '../providers/provider.ts';
import { knownServer, renewServer } from './metadata.ts';
import { keysFailure } from './provider-keys.ts';

/**
 * The minimum time between re-reading the keys, in milliseconds, by the source of a token that no key fits. Anyone
 * can send a logout token or a signed response, so these have limits of their own. They must not use up the limit of
 * the token endpoint, whose responses come from the provider itself.
 */
const BUDGETS_MS = { token_endpoint: 10_000, logout_token: 60_000, authorization: 60_000 };

/** Where the token whose signature is checked came from. */
export type KeyPurpose = keyof typeof BUDGETS_MS;

const renewedAt = new WeakMap<Provider, Map<KeyPurpose, number>>();

/**
 * Checks a signature of the provider. If the key is unknown or does not fit, checks once more with new keys: the
 * provider may have rotated them (OpenID Connect Core §10.1.1), even under an old `kid`. Throws what `check` throws;
 * `provider_unreachable` if no key fits, and the provider's current ones could not be read.
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
    if (!isAboutKeys(error)) throw error;
    const renewed = renewKeys(provider, server, purpose);
    if (!renewed) throw keysFailure(provider) ?? error;
    return check(renewed).catch((again: unknown) => {
      throw (isAboutKeys(again) && keysFailure(provider)) || again;
    });
  }
}

/** True if the check might succeed with other keys. */
export function isAboutKeys(error: unknown): boolean {
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys)
    return true;
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKInvalid)
    return true;
  return (
    error instanceof OperationProcessingError &&
    (error.code === KEY_SELECTION || /signature verification failed/.test(error.message))
  );
}

/**
 * A server with newer keys than `server`: one that another login has renewed in the meantime, or one whose keys will
 * be read again. Undefined if they were read a moment ago.
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
