import { expect } from 'vitest';
import type { Env } from '../../src/settings/env.ts';
import { signIn, stage } from '../flows/journey.ts';
import { SESSION_KEEPER, TOKENS } from '../sessions/durable-object/keeper-stage.ts';
import { ORIGIN } from '../support/settings.ts';
import type { Visitor } from '../support/visitor.ts';
import { RawUpstream } from './raw-upstream.ts';

type Members = Record<string, unknown>;

interface Wanted {
  /** Settings of the upstream `api` over a path, the raw target, and what makes it the provider's. */
  readonly entry?: Members;
  /** Further upstreams. */
  readonly others?: Members;
  /** Settings of the provider `op`. */
  readonly provider?: Members;
  readonly env?: Env;
  /** Sessions in Durable Objects; else in cookies. */
  readonly onServer?: boolean;
  readonly isSignedIn?: boolean;
  /** There is a provider `two` beside `op`, at which nobody is signed in. */
  readonly second?: boolean;
  /** Claims that the provider adds to the ID token. */
  readonly idTokenClaims?: Members;
  /** Cookies that the browser has. */
  readonly visit?: Readonly<Record<string, string>>;
}

/** An upstream `api` at `/api/` over a raw socket, the provider `op`, and a browser that is signed in. */
export async function upstreamStage(wanted: Wanted = {}) {
  const { entry = {}, others = {}, provider = {}, env = {}, onServer = false, isSignedIn = true } = wanted;
  const upstream = new RawUpstream();
  const UPSTREAMS = { api: { path: '/api/', target: upstream.target, ...entry }, ...others };
  const { op, visitor } = await stage(provider, {
    UPSTREAMS,
    ...(wanted.second && {
      PROVIDERS: {
        op: { issuer: 'https://op.example', client_id: 'client-1', scope: 'openid', ...provider },
        two: { issuer: 'https://two.example', client_id: 'client-2', scope: 'openid' },
      },
      TWO_CLIENT_SECRET: 'secret of client 2',
    }),
    ...(onServer && { TOKENS, SESSION_KEEPER }),
    ...env,
  });
  if (onServer) op.sub = crypto.randomUUID();
  upstream.letThrough();
  op.idTokenClaims = (right) => ({ ...right, ...wanted.idTokenClaims });
  for (const [name, value] of Object.entries(wanted.visit ?? {})) visitor.cookies.set(name, value);
  if (isSignedIn) expect((await signIn(visitor, op)).status).toBe(303);
  return { op, visitor, upstream };
}

/** A `fetch` by a page of our own origin. */
export function fetchOwn(
  visitor: Visitor,
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: HeadersInit; body?: BodyInit } = {},
): Promise<Response> {
  const own = new Headers(headers);
  own.set('sec-fetch-site', 'same-origin');
  own.set('sec-fetch-mode', 'cors');
  own.set('sec-fetch-dest', 'empty');
  if (method !== 'GET') own.set('origin', ORIGIN);
  return visitor.send(method, path, { headers: own, ...(body !== undefined && { body }) });
}
