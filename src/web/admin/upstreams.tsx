import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import {
  type ApiPart,
  boolean,
  integer,
  list,
  object,
  oneOf,
  operation,
  ref,
  string,
  textOrNull,
} from './describe.ts';
import { shownUpstream } from './shown-upstream.ts';
import { AdminUpstreamsPage } from './upstreams-page.tsx';

/** `GET /admin/upstreams`: where requests are forwarded to, and for whom. Asks none of them. */
export function adminUpstreams(c: Context<AppEnv>): Response | Promise<Response> {
  const upstreams = c.get('settings').upstreams.map(shownUpstream);
  return wantsJson(c) ? c.json({ upstreams }) : showPage(c, <AdminUpstreamsPage upstreams={upstreams} />);
}

const Upstream = object({
  id: string,
  path: string,
  target: textOrNull,
  binding: textOrNull,
  kind: oneOf('api', 'app'),
  session: oneOf('required', 'optional'),
  provider: textOrNull,
  token: oneOf('required', 'optional', 'none'),
  scope: string,
  allow: { type: ['object', 'null'], additionalProperties: list(string) },
  methods: list(string),
  headers: list(string),
  assertion: { type: ['array', 'null'], items: string },
  websocket: boolean,
  timeout_seconds: integer,
});

/** How it is described to programs. */
export const UPSTREAMS_API: ApiPart = {
  paths: {
    '/upstreams': { get: operation('Where requests are forwarded to, without a secret', 'Upstreams') },
  },
  schemas: {
    Upstreams: object({ upstreams: list(ref('Upstream')) }),
    Upstream,
  },
};
