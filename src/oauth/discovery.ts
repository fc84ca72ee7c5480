import { type AuthorizationServer, discoveryRequest } from 'oauth4webapi';
import { jsonObject } from '../exact-json.ts';
import { isAllowedUrl } from '../providers/allowed-url.ts';
import { isIssuerAsSet } from './issuer.ts';
import type { ProviderRequests } from './provider-requests.ts';

/** Where a provider may publish its metadata, in the order tried: OpenID Connect Discovery §4, RFC 8414 §3. */
export const METADATA_PLACES = ['oidc', 'oauth2'] as const;

/** Asks for the metadata at one of these places; the answer as it came. `options` are those of `ProviderRequests`. */
export function requestMetadata(
  issuer: string,
  algorithm: (typeof METADATA_PLACES)[number],
  options: ReturnType<ProviderRequests['options']>,
): Promise<Response> {
  return discoveryRequest(new URL(issuer), { ...options, algorithm });
}

/** The metadata names another issuer than the settings. */
export class OtherIssuer extends TypeError {
  constructor(named: string) {
    super(`the metadata belongs to another issuer: ${JSON.stringify(named.slice(0, 200))}`);
  }
}

/**
 * The metadata in an answer (OpenID Connect Discovery §4.2, RFC 8414 §3.2). Throws a `TypeError` if there is none,
 * `OtherIssuer`.
 */
export function metadataIn(
  { status, body }: { readonly status: number; readonly body: string },
  issuer: string,
): AuthorizationServer {
  if (status !== 200) throw new TypeError(`status ${status}`);
  const metadata = jsonObject(body);
  const named = metadata?.issuer;
  if (metadata === undefined || typeof named !== 'string')
    throw new TypeError('the answer is not metadata with an issuer');
  // protects: issuer of the metadata
  if (!isAllowedUrl(named) || !isIssuerAsSet(issuer, named)) throw new OtherIssuer(named);
  return { ...metadata, issuer: named };
}
