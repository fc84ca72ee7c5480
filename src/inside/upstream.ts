import { WorkerEntrypoint } from 'cloudflare:workers';
import { KeyCaller } from '../connections/key-caller.ts';
import { DrawbridgeError } from '../errors.ts';
import { newFlow } from '../flow.ts';
import type { ConnectionSettings } from '../settings/connection-settings.ts';
import type { Env } from '../settings/env.ts';
import { loadSettings } from '../settings/load-settings.ts';
import type { Settings } from '../settings/settings.ts';
import { forward } from '../upstreams/forward.ts';
import type { Match } from '../upstreams/path.ts';
import { requested } from '../web/upstreams/forward-browser.ts';
import { failureResponse } from './answers.ts';
import { type UpstreamProps, upstreamPolicy } from './policy.ts';
import { failureOf } from './results.ts';
import { matchById } from './upstream-request.ts';

/**
 * A client for one API, for cron Workers, queues and code that you trust less. Requests go to the upstream with the token
 * of a connection, which the caller never sees. The host of the URL is ignored; its path is below the upstream's base.
 *
 * Drawbridge's own errors are responses with the header `Drawbridge-Error`: 503 `config_invalid`, 404 `not_found`, 401
 * `invalid_token` (the connection has ended), 401 `login_required` with `reauthorization_uri` (a new consent is needed),
 * 403 `not_allowed`, 502 `upstream_unreachable` and the others of docs/errors.md.
 *
 * @example
 * ```toml
 * [[services]]
 * binding = "GITHUB"
 * service = "drawbridge"
 * entrypoint = "Upstream"
 * props = { upstream = "github", connection = "…" }
 * ```
 * ```ts
 * const response = await env.GITHUB.fetch('https://github/user')
 * ```
 */
export class Upstream extends WorkerEntrypoint<Env, UpstreamProps> {
  /** Sends a request to the upstream, and returns its response. */
  override async fetch(request: Request): Promise<Response> {
    const flow = newFlow();
    try {
      const { upstream, connection } = upstreamPolicy(this.ctx.props);
      const settings = loadSettings(this.env);
      const { path, search } = requested(request.url);
      const match = matchById(settings.upstreams, () => true, upstream, path + search);
      const caller = await callerOf(connectionSettings(settings), connection, match, request.method);
      const origin = settings.publicOrigin ?? new URL(request.url).origin;
      return await forward(request, match, caller, { settings, origin, publicPath: '/', flow });
    } catch (error) {
      return failureResponse(failureOf(error, { flow }));
    }
  }
}

/** Throws `config_invalid`. */
function connectionSettings({ connections }: Settings): ConnectionSettings {
  if (connections) return connections;
  throw new DrawbridgeError('config_invalid', {
    description: 'Connections are disabled, so there is no token to use.',
    hint: 'Set `CONNECTIONS` in the Drawbridge Worker.',
    detail: 'CONNECTIONS',
  });
}

/** The connection as the caller of the engine: for this upstream alone, and never for its token. */
async function callerOf(
  settings: ConnectionSettings,
  connection: string,
  { upstream, rest }: Match,
  method: string,
): Promise<KeyCaller> {
  const presented = { trusted: { upstreams: [upstream.id], raw_tokens: false } };
  const provider = upstream.token === 'none' ? undefined : upstream.provider;
  const admitted = await KeyCaller.admit(
    settings,
    { connection, presented, trust: 'binding' },
    { upstream: upstream.id, provider, method, path: `/${rest}` },
  );
  if (admitted instanceof KeyCaller) return admitted;
  if (admitted.code !== 'invalid_token') throw admitted;
  throw new DrawbridgeError('invalid_token', {
    description: 'The connection that the props of this binding name has ended, or never existed.',
    hint: 'Make another one, and put its id into the props of the binding.',
    detail: 'no such connection',
  });
}
