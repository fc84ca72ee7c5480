import type { Context } from 'hono';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import { shownUpstream } from './shown-upstream.ts';
import { AdminUpstreamsPage } from './upstreams-page.tsx';

/** `GET /admin/upstreams`: where requests are forwarded to, and for whom. Asks none of them. */
export function adminUpstreams(c: Context<AppEnv>): Response | Promise<Response> {
  const upstreams = c.get('settings').upstreams.map(shownUpstream);
  return wantsJson(c) ? c.json({ upstreams }) : showPage(c, <AdminUpstreamsPage upstreams={upstreams} />);
}
