import { nowSeconds } from '../clock.ts';
import { DrawbridgeError, errorFrom } from '../errors.ts';
import { schemeOf } from '../grants/grant.ts';
import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { UsedConnection, UsedGrant } from './connections.ts';
import { NOT_A_KEY } from './key.ts';
import { type Claim, claimOfKey, claimsOfJwt, looksLikeKey, withoutLineBreak } from './present.ts';
import { malformed } from './refusals.ts';

export const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';
const ACCESS_TOKEN_TYPE = 'urn:ietf:params:oauth:token-type:access_token';
const JWT_TYPE = 'urn:ietf:params:oauth:token-type:jwt';
/** Nobody needs a token to live longer from now, in seconds. */
const LONGEST_TTL = 3600;

/** Parameters that may be left out, and those that must not be there twice. */
const SINGLE = [
  'subject_token',
  'subject_token_type',
  'audience',
  'scope',
  'requested_token_type',
  'min_ttl',
];

/** A token exchange that was asked for (RFC 8693 §2.1). */
interface ExchangeRequest {
  readonly subjectToken: string;
  readonly isJwt: boolean;
  readonly audience: string;
  readonly scope: string | undefined;
  /** How long the token should live at least, in seconds. */
  readonly minTtl: number | undefined;
}

export interface Exchanged {
  /** RFC 8693 §2.2.1 */
  readonly response: {
    readonly access_token: string;
    readonly issued_token_type: typeof ACCESS_TOKEN_TYPE;
    readonly token_type: string;
    readonly expires_in?: number;
    readonly scope: string;
  };
  readonly connection: UsedConnection;
  readonly key: string | undefined;
  readonly trust: string | undefined;
}

/**
 * Exchanges a key, or a JWT that is trusted, for the access token of its connection. One call of the connection's object,
 * none for a key with a wrong checksum. Throws `invalid_request`, `invalid_target`, `invalid_scope`,
 * `unauthorized_client`, `invalid_grant` (with `reauthorizationUri`), `temporarily_unavailable`.
 */
export async function exchangeToken(
  settings: ConnectionSettings,
  parameters: URLSearchParams,
): Promise<Exchanged> {
  const request = readRequest(parameters);
  const claims = request.isJwt
    ? await claimsOfJwt(settings, request.subjectToken)
    : [await claimOfKey(request.subjectToken)];
  let refusal: DrawbridgeError | undefined;
  for (const claim of claims) {
    if (!claim) throw badKey(NOT_A_KEY);
    const exchanged = await exchangeClaim(settings, claim, request);
    if (!(exchanged instanceof DrawbridgeError)) return exchanged;
    refusal = exchanged;
    // A JWT may give access to connections of several providers.
    if (refusal.code !== 'invalid_target') break;
  }
  throw refusal ?? badKey();
}

async function exchangeClaim(
  { keepers }: ConnectionSettings,
  { connection, presented, trust }: Claim,
  { audience, scope, minTtl }: ExchangeRequest,
): Promise<Exchanged | DrawbridgeError> {
  const use = { kind: 'exchange', audience, scope, min_ttl: minTtl } as const;
  const used = await keepers.getByName(connection).use(presented, use);
  if (used.error) return told(errorFrom(used.error)).with({ reauthorizationUri: used.reauthorization_uri });
  if (!used.grant) return badKey();
  return { response: responseOf(used.grant), connection: used.connection, key: used.key, trust };
}

function responseOf({ access_token, token_type, expires_at, scope }: UsedGrant): Exchanged['response'] {
  const now = nowSeconds();
  return {
    access_token,
    issued_token_type: ACCESS_TOKEN_TYPE,
    token_type: schemeOf(token_type),
    ...(expires_at !== undefined && { expires_in: Math.max(0, expires_at - now) }),
    scope,
  };
}

/** What went wrong in the words of the token endpoint: RFC 8693 §2.2.2. */
function told(error: DrawbridgeError): DrawbridgeError {
  switch (error.code) {
    case 'invalid_token':
      return badKey();
    case 'invalid_target':
    case 'invalid_scope':
    case 'unauthorized_client':
    case 'invalid_grant':
      return error;
    case 'unknown_provider':
      return new DrawbridgeError('invalid_target', {
        description: 'The connection’s provider is no longer set up here.',
        detail: 'provider not in the settings',
      });
    default:
      return new DrawbridgeError('temporarily_unavailable', {
        detail: `${error.code}: ${error.detail ?? ''}`,
        retryAfter: error.retryAfter ?? 5,
        cause: error,
      });
  }
}

function badKey(description = 'The key is not valid, or it has ended.'): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    title: 'The key is not valid',
    description,
    hint: 'Send a key of a connection as `subject_token`. Its owner can see all keys at /connections.',
    detail: 'no such key',
  });
}

/** Pure. Throws `invalid_request`, `invalid_target`. */
function readRequest(parameters: URLSearchParams): ExchangeRequest {
  for (const name of SINGLE) {
    if (parameters.getAll(name).length > 1) throw malformed(`\`${name}\` was sent more than once.`, name);
  }
  if (parameters.get('actor_token') || parameters.get('actor_token_type')) {
    throw malformed('An actor token is not supported.', 'actor_token');
  }
  if (parameters.getAll('resource').some(Boolean)) {
    throw new DrawbridgeError('invalid_target', {
      description: '`resource` is not supported: send the id of a provider as `audience`.',
      detail: 'resource',
    });
  }
  const subjectToken = withoutLineBreak(required(parameters, 'subject_token'));
  const type = required(parameters, 'subject_token_type');
  if (type !== ACCESS_TOKEN_TYPE && type !== JWT_TYPE) {
    throw malformed(
      `\`subject_token_type\` is neither ${ACCESS_TOKEN_TYPE} nor ${JWT_TYPE}.`,
      'subject_token_type',
    );
  }
  if (type === JWT_TYPE && looksLikeKey(subjectToken)) {
    throw malformed(`The \`subject_token_type\` of a key is ${ACCESS_TOKEN_TYPE}.`, 'subject_token_type');
  }
  const wanted = parameters.get('requested_token_type') || ACCESS_TOKEN_TYPE;
  if (wanted !== ACCESS_TOKEN_TYPE) throw malformed('Only access tokens are issued.', 'requested_token_type');
  const audience = required(parameters, 'audience');
  const minTtl = readMinTtl(parameters.get('min_ttl') || undefined);
  return {
    subjectToken,
    isJwt: type === JWT_TYPE,
    audience,
    scope: parameters.get('scope') || undefined,
    minTtl,
  };
}

function readMinTtl(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!/^\d{1,5}$/.test(text) || Number(text) > LONGEST_TTL) {
    throw malformed(`\`min_ttl\` is not a number of seconds up to ${LONGEST_TTL}.`, 'min_ttl');
  }
  return Number(text);
}

function required(parameters: URLSearchParams, name: string): string {
  const value = parameters.get(name);
  if (!value) throw malformed(`\`${name}\` is missing.`, name);
  return value;
}
