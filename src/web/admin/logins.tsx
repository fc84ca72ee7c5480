import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import type { AppEnv } from '../app-env.ts';
import { wantsJson } from '../errors/respond.tsx';
import { showPage } from '../href.tsx';
import {
  type ApiPart,
  CURSOR,
  CURSOR_PARAMETER,
  inQuery,
  LIMIT_PARAMETER,
  list,
  object,
  oneOf,
  operation,
  string,
  TIME,
  textOrNull,
} from './describe.ts';
import { AdminLoginsPage } from './logins-page.tsx';
import { requireDirectory } from './require-directory.ts';

const PAGE = 50;
const MAX_PAGE = 1000;
const FLOW = /^[0-9a-f]{16}$/;

/**
 * `GET /admin/logins?flow=&outcome=&provider=&cursor=&limit=`: recent logins and how they ended, newest first; with
 * `flow`, the one that the user’s error page names. Unfinished and abandoned logins are only in the log.
 */
export async function adminLogins(c: Context<AppEnv>): Promise<Response> {
  const { logins } = requireDirectory(c);
  const { flow: typed = '', provider = '', outcome = '', cursor, limit } = c.req.query();
  const flow = typed.trim().toLowerCase();
  if (flow !== '' && !FLOW.test(flow)) {
    throw new DrawbridgeError('invalid_request', {
      description: 'This is not a flow id. A flow id has 16 characters, 0 to 9 and a to f.',
      hint: 'Copy it from the end of the user’s error page, or from the log.',
    });
  }
  const found =
    flow === '' ? await logins.recent() : [await logins.find(flow)].filter((login) => login !== undefined);
  const fitting = found.filter(
    (login) =>
      (provider === '' || login.provider === provider) && (outcome === '' || login.outcome === outcome),
  );
  const begin = Math.max(Math.floor(Number(cursor)) || 0, 0);
  const end = begin + Math.min(Math.max(Math.floor(Number(limit)) || PAGE, 1), MAX_PAGE);
  const page = {
    logins: fitting.slice(begin, end),
    ...(fitting.length > end && { cursor: String(end) }),
  };
  if (wantsJson(c)) return c.json(page);
  const providers = [...c.get('settings').providers.keys()];
  return showPage(
    c,
    <AdminLoginsPage
      {...page}
      total={fitting.length}
      providers={providers}
      search={{ flow, provider, outcome }}
    />,
  );
}

const Login = object(
  {
    flow: string,
    outcome: oneOf('finished', 'failed'),
    provider: string,
    at: TIME,
    sub: textOrNull,
    session: string,
    error: string,
    provider_error: string,
    detail: string,
  },
  ['sub', 'session', 'error', 'provider_error', 'detail'],
);

/** How it is described to programs. */
export const LOGINS_API: ApiPart = {
  paths: {
    '/logins': {
      get: operation('Recent logins and how they ended, newest first', 'Logins', [
        inQuery('flow', 'The flow id that an error page or a log line names'),
        inQuery('provider', 'Only logins with this provider'),
        inQuery('outcome', '`failed` or `finished`'),
        CURSOR_PARAMETER,
        LIMIT_PARAMETER,
      ]),
    },
  },
  schemas: {
    Logins: object({ logins: list(Login), cursor: CURSOR }, ['cursor']),
  },
};
