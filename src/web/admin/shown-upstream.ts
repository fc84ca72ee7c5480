import type { Upstream } from '../../settings/upstream.ts';

/** An upstream as an operator may see it: no value of a header, which may be a secret. */
export interface ShownUpstream {
  readonly id: string;
  readonly path: string;
  readonly target: string | null;
  readonly binding: string | null;
  readonly kind: 'api' | 'app';
  readonly session: 'required' | 'optional';
  readonly provider: string | null;
  readonly token: 'required' | 'optional' | 'none';
  /** Space-separated. */
  readonly scope: string;
  /** Claims and their values; null: everyone who is signed in. */
  readonly allow: Readonly<Record<string, readonly string[]>> | null;
  readonly methods: readonly string[];
  /** Names only. */
  readonly headers: readonly string[];
  /** The claims that are named; null: no assertion is sent. */
  readonly assertion: readonly string[] | null;
  readonly websocket: boolean;
  readonly timeout_seconds: number;
}

export function shownUpstream(upstream: Upstream): ShownUpstream {
  const { id, path, kind, session, token, methods, websocket, timeout_seconds } = upstream;
  return {
    id,
    path,
    target: upstream.target?.url ?? null,
    binding: upstream.binding?.name ?? null,
    kind,
    session,
    provider: upstream.provider ?? null,
    token,
    scope: upstream.scope.join(' '),
    allow: upstream.allow ? Object.fromEntries(upstream.allow) : null,
    methods,
    headers: upstream.headers.map(({ name }) => name),
    assertion: upstream.assertion ?? null,
    websocket,
    timeout_seconds,
  };
}
