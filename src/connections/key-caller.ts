import { DrawbridgeError, errorFrom } from '../errors.ts';
import type { Identity } from '../providers/allow.ts';
import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { Caller, UsableGrant } from '../upstreams/caller.ts';
import type { Used, UsedGrant } from './connections.ts';
import type { RelayRequest } from './policy.ts';
import type { Claim } from './present.ts';

/** The issuer of a connection that is the service's own; its subject is the connection's id. */
const SERVICE_ISSUER = 'urn:drawbridge:connection';

/** What a use came to that was not refused. */
type Accepted = Extract<Used, { readonly error?: undefined }>;

/**
 * A program with a key, or with a trusted JWT, as the caller of the forwarding engine. It has been let in, with a fresh
 * token, before there is one of these; a token that the upstream refuses is renewed by another call.
 */
export class KeyCaller implements Caller {
  readonly identity: Identity;
  readonly isBrowser = false;
  readonly facts;
  readonly #settings: ConnectionSettings;
  readonly #claim: Claim;
  readonly #request: RelayRequest;
  #grant: UsedGrant | undefined;

  private constructor(settings: ConnectionSettings, claim: Claim, request: RelayRequest, used: Accepted) {
    const { id, owner, provider } = used.connection;
    this.#settings = settings;
    this.#claim = claim;
    this.#request = request;
    this.#grant = used.grant;
    // A key has no claims, since those change while keys stay: `allow` can only ask for its owner's `iss` and `sub`.
    this.identity = { ...(owner ?? { iss: SERVICE_ISSUER, sub: id }), provider, claims: {} };
    this.facts = { by: 'key', connection: id.slice(0, 12), key: used.key, trust: claim.trust };
  }

  /**
   * Lets a claim in, if its policy allows the request. Errors, as values: `invalid_token`, `not_allowed`,
   * `login_required` (with `reauthorizationUri`), `provider_unreachable` and what else a refresh throws.
   */
  static async admit(
    settings: ConnectionSettings,
    claim: Claim,
    request: RelayRequest,
  ): Promise<KeyCaller | DrawbridgeError> {
    const used = await settings.keepers
      .getByName(claim.connection)
      .use(claim.presented, { kind: 'relay', ...request });
    return used.error ? relayError(used) : new KeyCaller(settings, claim, request, used);
  }

  async grant(): Promise<UsableGrant | undefined> {
    return this.#grant;
  }

  async rejected(): Promise<UsableGrant | undefined> {
    const used = await this.#settings.keepers
      .getByName(this.#claim.connection)
      .use(this.#claim.presented, { kind: 'relay', ...this.#request, rejected: this.#grant });
    if (used.error) throw relayError(used);
    this.#grant = used.grant;
    return this.#grant;
  }

  isAlive(): Promise<boolean> {
    return this.#settings.keepers.getByName(this.#claim.connection).isAlive(this.#claim.presented);
  }

  aliveUntil(): undefined {
    return undefined;
  }

  /** A program signs nobody in. */
  signInUrl(): undefined {
    return undefined;
  }
}

function relayError(used: Exclude<Used, Accepted>): DrawbridgeError {
  const { error, reauthorization_uri } = used;
  if (error.code !== 'invalid_grant') return errorFrom(error);
  const { description, hint } = error;
  return new DrawbridgeError('login_required', { description, hint }).with({
    reauthorizationUri: reauthorization_uri,
  });
}
