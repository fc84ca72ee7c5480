import { DrawbridgeError } from '../errors.ts';
import type { Upstream } from '../settings/upstream.ts';
import type { Match } from '../upstreams/path.ts';

/**
 * The upstream of an id, and what an app asks of it: `/a?b` below its base. Ids that are not `permitted` are as if
 * they were not set up. Throws `not_found`, `invalid_request`; the engine checks the path itself.
 */
export function matchById(
  upstreams: readonly Upstream[],
  isPermitted: (id: string) => boolean,
  id: unknown,
  path: unknown = '/',
): Match {
  // protects: upstreams of an app
  const upstream = upstreams.find((one) => one.id === id && isPermitted(one.id));
  if (!upstream) {
    throw new DrawbridgeError('not_found', {
      description: 'There is no such upstream, or this app may not use it.',
      hint: 'Name one of `UPSTREAMS` of the Drawbridge Worker, and one that `props.upstreams` permits.',
    });
  }
  if (typeof path !== 'string' || /^[a-z][a-z0-9+.-]*:\/\//i.test(path)) throw noPath(upstream);
  const below = path.startsWith('/') ? path.slice(1) : path;
  const query = below.indexOf('?');
  return query === -1
    ? { upstream, rest: below, search: '' }
    : { upstream, rest: below.slice(0, query), search: below.slice(query) };
}

function noPath({ id }: Upstream): DrawbridgeError {
  return new DrawbridgeError('invalid_request', {
    description: 'The second argument is not a path below the upstream.',
    hint: `Pass the path alone, as in \`fetch('${id}', '/users?page=2')\`: where it leads is the upstream's \`target\`.`,
    detail: 'no path',
  });
}

/** A request as `init` describes it; its own URL stands for nothing. Throws `invalid_request`. */
export function requestOf(init: RequestInit | Request | undefined): Request {
  try {
    return new Request('https://upstream.invalid/', init);
  } catch (error) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The third argument is not what `fetch` takes as `init`.',
      hint: 'Pass `{ method, headers, body }`, or a `Request` whose body has not been read.',
      detail: String(error),
    });
  }
}

/** The response with more cookies; the same object if there are none. */
export function withCookies(response: Response, cookies: readonly string[]): Response {
  if (cookies.length === 0) return response;
  const answer = new Response(response.body, response);
  for (const cookie of cookies) answer.headers.append('set-cookie', cookie);
  return answer;
}
