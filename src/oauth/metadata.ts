import type { AuthorizationServer } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import type { Provider } from '../providers/provider.ts';
import { FAPI2_ALGORITHMS } from '../settings/fapi2.ts';
import { SingleFlight } from '../single-flight.ts';
import { METADATA_PLACES, metadataIn, OtherIssuer, requestMetadata } from './discovery.ts';
import { translate } from './failure.ts';
import { usableMetadata } from './metadata-endpoints.ts';
import { expireKeys } from './provider-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';

const FRESH_MS = 3_600_000;
/** How long the last metadata is used while the provider's can't be read, and how often it is asked for then. */
const STALE_MS = 86_400_000;
const PAUSE_MS = 10_000;

/** ID token algorithms if no metadata lists any: signed with the provider's private key, never the client secret. */
export const ASYMMETRIC = [
  'RS256',
  'ES256',
  'PS256',
  'RS384',
  'ES384',
  'PS384',
  'RS512',
  'ES512',
  'PS512',
  'EdDSA',
  'Ed25519',
];

/** The algorithms allowed by the profile fapi2, whatever the metadata says. */
const FAPI2_SIGNING = {
  id_token_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
  authorization_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
  userinfo_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
};

interface Known {
  readonly server: AuthorizationServer;
  readonly readAt: number;
  /** Until when it is not asked for again, as it could not be read. */
  readonly pausedUntil?: number;
}

const known = new WeakMap<Provider, Known>();
const readings = new SingleFlight<Provider, AuthorizationServer>();

/**
 * The authorization server's metadata: the settings, completed by discovery (OpenID Connect Discovery §4, then
 * RFC 8414 §3). Read once per isolate and hour. Failures are not cached. Throws `provider_unreachable`.
 */
export function authorizationServer(
  requests: ProviderRequests,
): AuthorizationServer | Promise<AuthorizationServer> {
  const { provider } = requests;
  const held = known.get(provider);
  return held && isUsedAsIs(provider, held) ? held.server : readOnce(requests, held);
}

function isUsedAsIs({ discover }: Provider, { readAt, pausedUntil = 0 }: Known): boolean {
  return !discover || Date.now() - readAt < FRESH_MS || Date.now() < pausedUntil;
}

async function readOnce(requests: ProviderRequests, held: Known | undefined): Promise<AuthorizationServer> {
  try {
    return await readings.share(requests.provider, () => read(requests));
  } catch (error) {
    if (!held || Date.now() - held.readAt >= STALE_MS) throw error;
    // Unless a later reading has brought a newer one.
    if (known.get(requests.provider) === held) {
      known.set(requests.provider, { ...held, pausedUntil: Date.now() + PAUSE_MS });
    }
    return held.server;
  }
}

/** The metadata known without a request: undefined before the first use of a provider with discovery. */
export function knownServer(provider: Provider): Partial<AuthorizationServer> {
  return known.get(provider)?.server ?? provider.metadata;
}

/** Replaces the server object with a copy, so that whatever is cached for the old object (its keys) is read again. */
export function renewServer(provider: Provider): AuthorizationServer | undefined {
  const held = known.get(provider);
  if (!held) return undefined;
  const server = { ...held.server };
  known.set(provider, { ...held, server });
  expireKeys(provider);
  return server;
}

async function read(requests: ProviderRequests): Promise<AuthorizationServer> {
  const { provider } = requests;
  const discovered = provider.discover
    ? usableMetadata(provider, await discover(requests, provider.issuer as string))
    : undefined;
  const server: { -readonly [Name in keyof AuthorizationServer]: AuthorizationServer[Name] } = {
    // Plain OAuth 2.0 without an issuer: the library needs a name for the server. Nothing is compared with it.
    issuer: provider.issuer ?? new URL(provider.metadata.authorization_endpoint as string).origin,
    id_token_signing_alg_values_supported: [...ASYMMETRIC],
    authorization_signing_alg_values_supported: [...ASYMMETRIC],
    userinfo_signing_alg_values_supported: [...ASYMMETRIC],
    ...discovered,
    ...provider.metadata,
    ...(provider.profile === 'fapi2' && FAPI2_SIGNING),
  };
  if (!provider.end_session) delete server.end_session_endpoint;
  if (provider.profile === 'fapi2') checkFapi2(server);
  known.set(provider, { server, readAt: Date.now() });
  return server;
}

/** The metadata at the first place that has any. */
async function discover(requests: ProviderRequests, issuer: string): Promise<AuthorizationServer> {
  const failures: unknown[] = [];
  for (const place of METADATA_PLACES) {
    try {
      const answer = await requestMetadata(issuer, place, requests.options('discovery', 'Discovery'));
      return metadataIn({ status: answer.status, body: await answer.text() }, issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  const isOther = failures.some((failure) => failure instanceof OtherIssuer);
  throw new DrawbridgeError('provider_unreachable', {
    ...(isOther ? OTHER_ISSUER : UNREADABLE),
    detail: failures.map((failure) => translate(failure, 'discovery').detail ?? '').join(' | '),
    cause: failures[0],
  });
}

const UNREADABLE = {
  description: 'The provider’s metadata can’t be read.',
  hint: 'Wait a moment and try again. If it keeps happening, check the `issuer` setting.',
};
const OTHER_ISSUER = {
  description: 'The provider’s metadata names a different issuer from the one in the settings.',
  hint: 'Set `issuer` to what the metadata names, or set the endpoints one by one: `npm run doctor` shows both.',
};

/** Checks what FAPI 2.0 Security Profile §5.3.2 requires of the server, and limits the algorithms to those of §5.4. */
function checkFapi2(server: AuthorizationServer): void {
  const missing = [
    ...(server.authorization_response_iss_parameter_supported ? [] : ['iss in authorization responses']),
    ...(server.pushed_authorization_request_endpoint ? [] : ['pushed authorization requests']),
  ];
  if (missing.length === 0) return;
  throw new DrawbridgeError('provider_unreachable', {
    description: 'The provider’s metadata lacks features that the profile `fapi2` requires.',
    hint: 'Use a provider that supports FAPI 2.0, or remove `profile`.',
    detail: `fapi2: no ${missing.join(', no ')}`,
  });
}
