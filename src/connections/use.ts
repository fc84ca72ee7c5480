import type { ErrorCode } from '../error-kinds.ts';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { type Connection, liveKeys } from './connection.ts';
import type { Presented, Use } from './connections.ts';
import { findHash } from './key.ts';
import { type KeyPolicy, relayRefusal } from './policy.ts';

/** The key that is presented, with what it may do; without an id for a trusted JWT. */
export interface AcceptedKey {
  readonly id: string | undefined;
  readonly policy: KeyPolicy;
}

/** Pure: which of the connection's keys is presented. Undefined: none, or one that has ended. `now` in seconds. */
export function acceptedKey(
  connection: Connection | undefined,
  presented: Presented,
  now: number,
): AcceptedKey | undefined {
  if ('trusted' in presented) return connection && { id: undefined, policy: presented.trusted };
  const keys = connection ? liveKeys(connection, now) : [];
  const key =
    keys[
      findHash(
        presented.hash,
        keys.map(({ hash }) => hash),
      )
    ];
  return key && { id: key.id, policy: key.policy };
}

/**
 * Pure: why a key may not be used like this; undefined if it may. Errors: `invalid_target`, `unauthorized_client`,
 * `invalid_scope`, `not_allowed`.
 */
export function useRefusal(
  connection: Connection,
  { policy }: AcceptedKey,
  use: Use,
  provider: Provider | undefined,
): DrawbridgeError | undefined {
  if (use.kind === 'relay') {
    const why = relayRefusal(policy, connection.provider, use);
    return why === undefined
      ? undefined
      : refuse('not_allowed', 'The key’s policy doesn’t allow this request.', why);
  }
  // protects: audience of a key
  if (use.audience !== connection.provider) {
    return refuse(
      'invalid_target',
      'This connection is for a different provider from the one in `audience`.',
      'audience',
    );
  }
  // protects: raw tokens
  if (!policy.raw_tokens) {
    return refuse(
      'unauthorized_client',
      'This key may not be exchanged for an access token.',
      'raw_tokens is off',
    );
  }
  if (connection.grant?.dpop_key) {
    return refuse(
      'invalid_target',
      'The tokens of this connection are bound to a key that stays here (DPoP), so they only work through the relay.',
      'DPoP',
    );
  }
  return scopeRefusal(connection, use.scope, provider);
}

/** RFC 6749 §6: no more than was granted, and fewer only where the provider can. */
function scopeRefusal(
  connection: Connection,
  scope: string | undefined,
  provider: Provider | undefined,
): DrawbridgeError | undefined {
  if (scope === undefined || connection.grant === undefined) return undefined;
  const granted = scopesOf(connection.grant.scope);
  const wanted = scopesOf(scope);
  // protects: scope of a connection
  if (wanted.size === 0 || [...wanted].some((name) => !granted.has(name))) {
    return refuse('invalid_scope', 'The connection doesn’t have every requested scope.', 'wider');
  }
  if (wanted.size === granted.size || provider?.narrower_scope) return undefined;
  return refuse('invalid_scope', 'This provider can’t give a token with fewer scopes.', 'narrower');
}

/** The scope that must be asked for at a refresh of its own; undefined if the connection's token will do. */
export function narrowerScope({ grant }: Connection, use: Use): string | undefined {
  if (use.kind === 'relay' || use.scope === undefined || grant === undefined) return undefined;
  const wanted = scopesOf(use.scope);
  return wanted.size < scopesOf(grant.scope).size ? [...wanted].sort().join(' ') : undefined;
}

function scopesOf(scope: string): ReadonlySet<string> {
  return new Set(scope.split(/[\s,]+/).filter(Boolean));
}

function refuse(code: ErrorCode, description: string, detail: string): DrawbridgeError {
  return new DrawbridgeError(code, { description, detail: `key policy: ${detail}` });
}
