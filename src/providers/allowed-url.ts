import { unicodePattern } from '../unicode-pattern.ts';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;
/** Addresses that no public provider has: RFC 1918, 2544, 6598, 3927, and metadata services. */
const PRIVATE_V4 =
  /^(?:0\.|10\.|127\.|169\.254\.|192\.168\.|192\.0\.0\.|198\.1[89]\.|172\.(?:1[6-9]|2\d|3[01])\.|100\.(?:6[4-9]|[7-9]\d|1[01]\d|12[0-7])\.|2(?:2[4-9]|[3-5]\d)\.)/;
/** Public addresses: global unicast (RFC 4291 §2.4), without tunnels that lead to any IPv4 address (6to4, Teredo). */
const PUBLIC_V6 = /^\[(?!2002:|2001:0?:|2001:db8:)[23][0-9a-f]{3}:/;
const PRIVATE_NAME = /(?:^|\.)(?:localhost|local|internal|home\.arpa|lan)$/;

/** True for a host name or address of this machine itself (RFC 8252 §7.3, RFC 6761 §6.3). */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.test(hostname) || hostname.endsWith('.localhost');
}

/** True for a host that a public provider must not send us to: loopback, private, link-local, single-label names. */
function isPrivateHost(hostname: string): boolean {
  const host = hostname.toLowerCase().replace(/\.$/, '');
  if (host.startsWith('[')) return !PUBLIC_V6.test(host);
  return PRIVATE_V4.test(host) || PRIVATE_NAME.test(host) || !host.includes('.');
}

/** Characters that a URL parser drops or encodes, but a header, a page or a policy would not. */
const ODD = unicodePattern(String.raw`[\p{Cc}\p{Z}\\"<>]`);
/** Most URLs are made of these: ASCII without the characters above. */
const PLAIN = /^[!#-;=?-[\]-~]*$/;
/** A DNS host name, or an address. A URL may contain `;` and `,`, which would break a content security policy. */
const HOST = /^(?:[\w-]+(?:\.[\w-]+)*\.?|\[[\da-f:.]+\])$/i;

function isOdd(candidate: string): boolean {
  return !PLAIN.test(candidate) && ODD().test(candidate);
}

/** True for an https URL, or an http URL of a loopback host: secrets are only sent to these. */
export function isAllowedUrl(candidate: string): boolean {
  const url = URL.parse(candidate);
  if (!url || url.username || url.password || isOdd(candidate) || !HOST.test(url.hostname)) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

/**
 * True if `candidate` from `issuer`'s metadata may be used as an endpoint: an allowed URL, and not a private host unless
 * the issuer is on one itself (server-side request forgery, RFC 9700 §2.6, CWE-918).
 */
export function isAllowedEndpoint(candidate: string, issuer: string): boolean {
  if (!isAllowedUrl(candidate)) return false;
  // protects: private hosts
  return isPrivateHost(new URL(issuer).hostname) || !isPrivateHost(new URL(candidate).hostname);
}

/** Longer than any real endpoint. */
const MAX_ENDPOINT_LENGTH = 2048;

/**
 * An endpoint from a provider's metadata in the form in which it is used: as spelled, with host and path in ASCII.
 * Undefined if it is not a URL or must not be used.
 */
export function allowedEndpoint(candidate: unknown, issuer: string): string | undefined {
  if (typeof candidate !== 'string' || candidate.length > MAX_ENDPOINT_LENGTH) return undefined;
  if (!isAllowedEndpoint(candidate, issuer)) return undefined;
  return /^[\x21-\x7e]+$/.test(candidate) ? candidate : new URL(candidate).href;
}
