import { DrawbridgeError } from '../errors.ts';
import type { Upstream } from '../settings/upstream.ts';

/** Where an upstream's URLs are seen from outside. */
export interface Places {
  /** The origin that users see. */
  readonly origin: string;
  /** The URL that was asked, on the upstream's side. */
  readonly requested: string;
  /** Origin and base path of the upstream's side; ends in a slash. */
  readonly base: string;
  /** The path that browsers reach the base at; ends in a slash. */
  readonly publicPath: string;
}

/** The public path for a path on the upstream's side; the public base if it is outside the target's. */
export function publicPathOf({ base, publicPath }: Places): (path: string) => string {
  return (path) => {
    const basePath = new URL(base).pathname;
    const isInside = `${path}/`.startsWith(basePath) || path.startsWith(basePath);
    return isInside ? publicPath + path.slice(basePath.length) : publicPath;
  };
}

/** Statuses that make a browser follow `Location` (RFC 9110 §15.4). */
const REDIRECTS = new Set([300, 301, 302, 303, 307, 308]);

/**
 * The targets of a `Link` header (RFC 8288) that are inside the target's base, as they are reached here: with the API's
 * own addresses, the next page would be asked for without a token. Absolute, since clients do not resolve them; for an
 * app that calls an upstream, the path that it calls.
 */
export function returnedLinks(value: string, places: Places): string {
  const { origin, requested, publicPath } = places;
  return value.replace(LINK_TARGET, (whole, start: string, target: string) => {
    const url = URL.parse(target, requested);
    const below = url && !url.username && !url.password ? belowPlaces(places, url) : undefined;
    if (below === undefined) return whole;
    return `${start}<${publicPath === '/' ? onOwnHost(publicPath + below) : origin + publicPath + below}>`;
  });
}

/** Not one that is relative to the page, which means the same here, nor one within a parameter, such as a title. */
const LINK_TARGET = /(^|,\s*)<((?:https?:|\/)[^<>]*)>/gi;

/**
 * `Location` as it is returned: inside the target's base it is mapped to the public path; any other is an `app`'s own
 * business. An `api` may send nobody elsewhere: a redirect that does is refused, and where no redirect is asked for the
 * header is left out. Throws `upstream_unreachable`.
 */
export function returnedLocation(upstream: Upstream, response: Response, places: Places): string | undefined {
  const location = response.headers.get('location');
  if (location === null) return undefined;
  const url = URL.parse(location, places.requested);
  const below = url && !url.username && !url.password ? belowPlaces(places, url) : undefined;
  if (below !== undefined) return onOwnHost(places.publicPath + below);
  // protects: redirects of an API
  if (upstream.kind === 'app') return location;
  if (!REDIRECTS.has(response.status)) return undefined;
  throw new DrawbridgeError('upstream_unreachable', {
    title: 'The API sent you elsewhere',
    description: 'The API redirected to an address outside its own. Such redirects are not followed.',
    hint: 'Ask the operator to check the `target` of this upstream.',
    detail: `redirect to ${url?.origin ?? 'no URL'}`,
  });
}

/**
 * What of a URL is below the base, or below the public path that is mapped to it: a server may be told its public name.
 * One that does not know that TLS ends in front of it says `http` for its own address.
 */
function belowPlaces(
  { base, origin, publicPath }: Places,
  { href, protocol, port }: URL,
): string | undefined {
  // An app that calls an upstream knows it by no path of our origin.
  const bases = publicPath === '/' ? [base] : [base, origin + publicPath];
  const urls = protocol === 'http:' && port === '' ? [href, href.replace(':', 's:')] : [href];
  for (const url of urls) {
    for (const each of bases) {
      const below = belowBase(each, url);
      if (below !== undefined) return below;
    }
  }
  return undefined;
}

/** What of a URL is below the base; the base itself may lack its slash. Undefined for a URL outside it. */
function belowBase(base: string, url: string): string | undefined {
  if (url.startsWith(base)) return url.slice(base.length);
  const bare = base.slice(0, -1);
  return url.startsWith(bare) && /^[?#]?$/.test(url.charAt(bare.length)) ? url.slice(bare.length) : undefined;
}

/** A path that begins with two slashes would be read as the name of a host. */
function onOwnHost(path: string): string {
  // protects: host of a redirect
  return path.startsWith('//') ? `/.${path}` : path;
}
