import { DrawbridgeError } from '../errors.ts';

/** What a key may be used for. Whatever is left out is not limited further than the connection is. */
export interface KeyPolicy {
  /** Ids of upstreams that it may reach by the relay; left out: every upstream with the connection's provider. */
  readonly upstreams?: readonly string[] | undefined;
  /** HTTP methods in upper case; GET includes HEAD. */
  readonly methods?: readonly string[] | undefined;
  /** Paths below an upstream, each with everything below it: `/repos/acme` holds `/repos/acme/x`, not `/repos/acmes`. */
  readonly paths?: readonly string[] | undefined;
  /** It may be exchanged for the access token itself; without it the token never leaves. */
  readonly raw_tokens: boolean;
}

/** A request that a key is to pass through the relay. */
export interface RelayRequest {
  /** The id of the upstream. */
  readonly upstream: string;
  /** The provider whose token the upstream gets; undefined if it gets none. */
  readonly provider: string | undefined;
  readonly method: string;
  /** The path below the upstream, as it was sent, beginning with a slash. */
  readonly path: string;
}

const MOST_ENTRIES = 50;
const LONGEST_PATH = 500;
const METHOD = /^[A-Z]{3,20}$/;
const UPSTREAM = /^[a-z0-9-]{1,63}$/;
const PATH = /^\/[\x21-\x22\x24-\x3e\x40-\x5b\x5d-\x7e]*$/;

/**
 * Why the policy refuses a request of the relay, for the log; undefined if it passes. An upstream without the
 * connection's provider must be named by the policy: nothing of it is the connection's by itself.
 */
export function relayRefusal(
  policy: KeyPolicy,
  connectionProvider: string,
  { upstream, provider, method, path }: RelayRequest,
): string | undefined {
  const isNamed = policy.upstreams?.includes(upstream);
  // protects: upstreams of a key
  if (policy.upstreams ? !isNamed : provider !== connectionProvider) return `upstream ${upstream}`;
  if (provider !== undefined && provider !== connectionProvider) return `provider ${provider}`;
  // protects: methods of a key
  if (policy.methods && !policy.methods.includes(method === 'HEAD' ? 'GET' : method))
    return `method ${method}`;
  // protects: paths of a key
  if (policy.paths && !policy.paths.some((allowed) => isBelow(path, allowed))) return 'path';
  return undefined;
}

/** True for the path itself and everything below it, on a segment boundary, character by character. */
function isBelow(path: string, allowed: string): boolean {
  const [bare = ''] = path.split('?', 1);
  const base = allowed.endsWith('/') ? allowed : `${allowed}/`;
  return bare === allowed || `${bare}/` === base || bare.startsWith(base);
}

/** The members of a policy as a form or a setting gives them: lists, or texts with white space or commas. */
export interface PolicyInput {
  readonly upstreams?: string | readonly string[] | undefined;
  readonly methods?: string | readonly string[] | undefined;
  readonly paths?: string | readonly string[] | undefined;
  readonly raw_tokens: boolean;
}

/** Reads a policy. Throws `invalid_request` for an entry that could never match what it was meant for. */
export function readPolicy(input: PolicyInput): KeyPolicy {
  const upstreams = entriesOf(input.upstreams);
  const methods = entriesOf(input.methods)?.map((method) => method.toUpperCase());
  const paths = entriesOf(input.paths);
  requireForm('upstreams', upstreams, (entry) => UPSTREAM.test(entry), 'Give ids of upstreams.');
  requireForm('methods', methods, (entry) => METHOD.test(entry), 'Give methods such as `GET`.');
  requireForm('paths', paths, isPath, 'Give paths that begin with a slash, without `..`, query or `*`.');
  return {
    ...(upstreams && { upstreams }),
    ...(methods && { methods: [...new Set(methods.map((method) => (method === 'HEAD' ? 'GET' : method)))] }),
    ...(paths && { paths }),
    raw_tokens: input.raw_tokens,
  };
}

/** Refuses a policy that names an upstream which is not there: its key would reach nothing. Throws `invalid_request`. */
export function requireUpstreams(
  { upstreams: named }: KeyPolicy,
  upstreams: readonly { readonly id: string }[],
): void {
  const unknown = named?.find((id) => !upstreams.some((upstream) => upstream.id === id));
  if (unknown === undefined) return;
  throw new DrawbridgeError('invalid_request', {
    description: `There is no upstream \`${unknown}\` here.`,
    hint: 'Send ids of upstreams, or leave `upstreams` out.',
    detail: 'policy: an unknown upstream',
  });
}

function entriesOf(value: string | readonly string[] | undefined): readonly string[] | undefined {
  const texts = typeof value === 'string' ? [value] : (value ?? []);
  const entries = texts.flatMap((text) => text.split(/[\s,]+/)).filter(Boolean);
  return entries.length > 0 ? [...new Set(entries)] : undefined;
}

function isPath(path: string): boolean {
  if (!PATH.test(path) || path.includes('*') || path.length > LONGEST_PATH) return false;
  return !path.split('/').some((segment) => /^(?:\.|%2e){1,2}$/i.test(segment));
}

function requireForm(
  name: string,
  entries: readonly string[] | undefined,
  isRight: (entry: string) => boolean,
  hint: string,
): void {
  if (!entries) return;
  if (entries.length <= MOST_ENTRIES && entries.every(isRight)) return;
  throw new DrawbridgeError('invalid_request', {
    description: `The list of ${name} can’t be used.`,
    hint: `${hint} At most ${MOST_ENTRIES}.`,
    detail: `policy: ${name}`,
  });
}
