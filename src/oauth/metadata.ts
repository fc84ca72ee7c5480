import { type AuthorizationServer, discoveryRequest } from 'oauth4webapi';
import { DrawbridgeError } from '../errors.ts';
import { jsonObject } from '../exact-json.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { Provider } from '../providers/provider.ts';
import { FAPI2_ALGORITHMS } from '../settings/fapi2.ts';
import { SingleFlight } from '../single-flight.ts';
import { translate } from './failure.ts';
import { isIssuerAsSet } from './issuer.ts';
import { usableMetadata } from './metadata-endpoints.ts';
import { expireKeys } from './provider-keys.ts';
import type { ProviderRequests } from './provider-requests.ts';

const FRESH_MS = 3_600_000;
/** While the provider's metadata can't be read, what was read last serves on for this long. */
const STALE_MS = 86_400_000;

/** What may sign an ID token where no metadata says it: a public key of the provider, never the client secret. */
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

/** What may sign under the profile fapi2, whatever the metadata says. */
const FAPI2_SIGNING = {
  id_token_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
  authorization_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
  userinfo_signing_alg_values_supported: [...FAPI2_ALGORITHMS],
};

interface Known {
  readonly server: AuthorizationServer;
  readonly readAt: number;
}

const known = new WeakMap<Provider, Known>();
const readings = new SingleFlight<Provider, AuthorizationServer>();

/**
 * The authorization server's metadata: the settings, completed by discovery where they leave something out
 * (OpenID Connect Discovery §4, then RFC 8414 §3). Read once per isolate and hour; a failure is not kept.
 * Throws `provider_unreachable`.
 */
export async function authorizationServer(requests: ProviderRequests): Promise<AuthorizationServer> {
  const { provider } = requests;
  const held = known.get(provider);
  const age = held ? Date.now() - held.readAt : Number.POSITIVE_INFINITY;
  if (held && (age < FRESH_MS || !provider.discover)) return held.server;
  try {
    return await readings.share(provider, () => read(requests));
  } catch (error) {
    if (held && age < STALE_MS) return held.server;
    throw error;
  }
}

/** What is known of the server without asking it: nothing, before the first use of a provider by `issuer`. */
export function knownServer(provider: Provider): Partial<AuthorizationServer> {
  return known.get(provider)?.server ?? provider.metadata;
}

/** Puts another object in place of the server's, so that whatever hangs on the old one (its keys) is read anew. */
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
    : { id_token_signing_alg_values_supported: [...ASYMMETRIC] };
  const server: { -readonly [Name in keyof AuthorizationServer]: AuthorizationServer[Name] } = {
    // Plain OAuth 2.0 without an issuer: the library wants a name for the server, which nothing is compared with.
    issuer: provider.issuer ?? new URL(provider.metadata.authorization_endpoint as string).origin,
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

/** Reads the metadata where OpenID Connect Discovery §4 has it, else where RFC 8414 §3 does. */
async function discover(requests: ProviderRequests, issuer: string): Promise<AuthorizationServer> {
  const url = new URL(issuer);
  const failures: unknown[] = [];
  for (const algorithm of ['oidc', 'oauth2'] as const) {
    try {
      const options = { ...requests.options('discovery', 'Discovery'), algorithm };
      return await metadataIn(await discoveryRequest(url, options), issuer);
    } catch (error) {
      failures.push(error);
    }
  }
  throw new DrawbridgeError('provider_unreachable', {
    description: 'The provider’s metadata can’t be read.',
    hint: 'Wait a moment and try again; if it happens each time, check the `issuer` setting.',
    detail: failures.map((failure) => translate(failure, 'discovery').detail ?? '').join(' | '),
    cause: failures[0],
  });
}

/** The metadata in an answer (OpenID Connect Discovery §4.2, RFC 8414 §3.2). Throws a `TypeError` if it is none. */
async function metadataIn(answer: Response, issuer: string): Promise<AuthorizationServer> {
  if (answer.status !== 200) throw new TypeError(`status ${answer.status}`);
  const metadata = jsonObject(await answer.text());
  const named = metadata?.issuer;
  if (metadata === undefined || typeof named !== 'string') throw new TypeError('no metadata with an issuer');
  // protects: issuer of the metadata
  if (!isAllowedUrl(named) || !isIssuerAsSet(issuer, named)) throw new TypeError('it is of another issuer');
  return { ...metadata, issuer: named };
}

/** What FAPI 2.0 Security Profile §5.3.2 makes the server promise, and the algorithms that §5.4 leaves. */
function checkFapi2(server: AuthorizationServer): void {
  const missing = [
    ...(server.authorization_response_iss_parameter_supported ? [] : ['iss in authorization responses']),
    ...(server.pushed_authorization_request_endpoint ? [] : ['pushed authorization requests']),
  ];
  if (missing.length === 0) return;
  throw new DrawbridgeError('provider_unreachable', {
    description: 'The provider’s metadata does not promise what the profile `fapi2` needs.',
    hint: 'Use a provider with FAPI 2.0, or leave `profile` out.',
    detail: `fapi2: no ${missing.join(', no ')}`,
  });
}
