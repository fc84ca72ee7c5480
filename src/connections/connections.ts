import type { ErrorData } from '../errors.ts';
import type { Grant } from '../grants/grant.ts';
import type { Resealing } from '../objects/resealing.ts';
import type { Connection, ConnectionKey } from './connection.ts';
import type { DeviceDecision, DeviceRequest, PolledDevice, ShownDevice } from './device.ts';
import type { KeyPolicy, RelayRequest } from './policy.ts';
import type { User } from './user.ts';

/** Who asks to use a connection: a key, by the SHA-256 of its secret in hex, or a JWT that was verified. */
export type Presented = { readonly hash: string } | { readonly trusted: KeyPolicy };

/** What the connection is to be used for. */
export type Use =
  /** The access token itself; `scope` asks for fewer scopes than the connection has, `min_ttl` for seconds to live. */
  | {
      readonly kind: 'exchange';
      readonly audience: string;
      readonly scope: string | undefined;
      readonly min_ttl: number | undefined;
    }
  /** A request of the relay. `rejected` is the version of the token that a resource server answered 401 to. */
  | ({ readonly kind: 'relay'; readonly rejected?: GrantVersion | undefined } & RelayRequest);

type GrantVersion = Pick<Grant, 'state' | 'refresh_count'>;

/** A connection as the code that uses it sees it. */
export interface UsedConnection {
  readonly id: string;
  readonly label: string;
  readonly provider: string;
  readonly owner: User | null;
}

/**
 * What came of a use, as a value: an error would lose its class on the way. Errors: `invalid_token` (no such
 * connection or key, or it has ended), `invalid_target`, `invalid_scope`, `unauthorized_client`, `not_allowed` (the
 * policy), `invalid_grant` (a new consent is needed), and the temporary ones of a refresh.
 */
export type Used =
  | {
      readonly connection: UsedConnection;
      /** The id of the key; undefined for a trusted JWT. */
      readonly key: string | undefined;
      /** Undefined for an upstream that gets no token. */
      readonly grant: UsedGrant | undefined;
      readonly error?: undefined;
    }
  | { readonly error: ErrorData; readonly reauthorization_uri?: string | undefined };

/** A fresh access token with what is needed to use it. */
export type UsedGrant = Pick<
  Grant,
  'provider' | 'access_token' | 'token_type' | 'scope' | 'expires_at' | 'dpop_key' | 'state' | 'refresh_count'
>;

/** Who or what ended a connection. */
export type EndReason = 'ended_by_owner' | 'ended_by_operator' | 'expired';

/** A key as people see it: its hash stays in the object. */
export type ShownKey = Omit<ConnectionKey, 'hash'>;

/** A connection as its owner and operators see it: no token, no hash. */
export interface ShownConnection extends Omit<Connection, 'grant' | 'keys' | 'account' | 'retry' | 'home'> {
  /** What the provider granted; what was asked for, once the grant has ended. */
  readonly scope: string;
  readonly keys: readonly ShownKey[];
}

/** What a change by the owner came to. Errors: `not_found` (it has ended), `invalid_request`, `forbidden`. */
export interface Changed {
  readonly connection?: ShownConnection;
  readonly error?: ErrorData;
}

/** A connection to be: its id and times are set by who makes it, with the grant of its own consent. */
export type NewConnection = Pick<
  Connection,
  'id' | 'owner' | 'home' | 'provider' | 'label' | 'scope' | 'created_at' | 'expires_at'
> & { readonly grant: Grant; readonly keys: readonly ConnectionKey[] };

/**
 * What the object of a connection does for the Worker. Times are seconds since the epoch. The same class keeps device
 * codes and counts guesses, each in objects of its own, told apart by their names.
 */
export interface ConnectionObject {
  create(connection: NewConnection): Promise<Changed>;
  /** Hands out a fresh token to a key that may have it, and notes the use. One call per use. */
  use(presented: Presented, use: Use): Promise<Used>;
  /** True while the key, or the connection for a trusted JWT, has not ended. Changes nothing. */
  isAlive(presented: Presented): Promise<boolean>;
  inspect(): Promise<ShownConnection | undefined>;
  /** A grant of a new consent takes the place of the one that was. */
  reconnect(grant: Grant, scope: string): Promise<Changed>;
  addKey(key: ConnectionKey): Promise<Changed>;
  /** A new key with the policy of an old one, which ends after `overlap` seconds. */
  rotateKey(id: string, next: Pick<ConnectionKey, 'id' | 'hash'>, overlap: number): Promise<Changed>;
  endKey(id: string): Promise<Changed>;
  /** Ends the key whose secret has this SHA-256. Undefined, and nothing is written, if there is none. */
  revokeKey(hash: string): Promise<UsedConnection | undefined>;
  /** Ends the connection and all its keys, and revokes its tokens. False if it had ended. */
  end(reason: EndReason): Promise<boolean>;
  /** Seals the record with the first secret, unless it is. */
  reseal(): Promise<Resealing>;

  /** Keeps a device authorization; false if the object has one that is not over. */
  startDevice(request: DeviceRequest): Promise<boolean>;
  /** What waits for approval under this user code. */
  showDevice(): Promise<ShownDevice | undefined>;
  /** False if it is over or decided already. */
  decideDevice(decision: DeviceDecision): Promise<boolean>;
  /** A poll by the program (RFC 8628 §3.4), known by the SHA-256 of its device code. */
  pollDevice(hash: string): Promise<PolledDevice>;

  /** Counts a guess of `who` before it is judged; false if there were too many. */
  takeGuess(who: string): Promise<boolean>;
  /** It was no guess: it was right. */
  giveBackGuess(who: string): Promise<void>;

  /** Notes that this connection uses the account that the object is named by. */
  join(connection: string): Promise<void>;
  leave(connection: string): Promise<void>;
  /** True if any connection uses the account. */
  isUsed(): Promise<boolean>;
}

/** The namespace of the objects. A connection's is named by its id. */
declare module '../settings/object-namespaces.ts' {
  interface ConnectionObjects {
    getByName(name: string): ConnectionObject;
  }
}
