import type { Context } from 'hono';
import { DrawbridgeError } from '../../errors.ts';
import {
  type LoginWishes,
  NO_WISHES,
  OWN_PARAMETERS,
  STANDARD_WISHES,
} from '../../oauth/authorization-request.ts';
import type { AppEnv } from '../app-env.ts';
import { CANONICAL_MARK } from '../middleware/canonical-host.ts';
import { EDITABLE_NAMES } from './request-parameters.ts';

/** Query parameters of `/login` that are no authorization parameters. */
const OWN_QUERY: ReadonlySet<string> = new Set(['return_to', 'connect', 'prepared', CANONICAL_MARK]);
export const MAX_WISH_LENGTH = 4096;

/** The query of a request to `/login`: of several values with one name, the first. */
export type LoginQuery = Readonly<Record<string, string>>;
const NO_QUERY: LoginQuery = {};

export function queryOf({ req }: Context<AppEnv>): LoginQuery {
  return req.url.includes('?') ? req.query() : NO_QUERY;
}

/** What a request to `/login` asks for in its query. Throws `invalid_request`. */
export function readWishes(query: LoginQuery, { inspect }: { inspect: boolean }): LoginWishes {
  if (query === NO_QUERY) return NO_WISHES;
  for (const value of Object.values(query)) {
    if (value.length > MAX_WISH_LENGTH)
      throw new DrawbridgeError('invalid_request', { detail: 'parameter too long' });
  }
  const fromForm = query.prepared !== undefined;
  const wish = (name: string) => query[name] || (fromForm && query[name] === '' ? '' : undefined);
  if (query.max_age && !/^\d{1,9}$/.test(query.max_age)) {
    throw new DrawbridgeError('invalid_request', {
      description: '`max_age` is not a number of seconds.',
      detail: 'max_age',
    });
  }
  return {
    scope: wish('scope')?.trim().replace(/\s+/g, ' '),
    prompt: wish('prompt'),
    login_hint: wish('login_hint'),
    max_age: query.max_age ? Number(query.max_age) : undefined,
    acr_values: wish('acr_values'),
    ui_locales: wish('ui_locales'),
    ...(inspect && { extra: extraParameters(query) }),
  };
}

/** INSPECT: any further authorization parameter, in the query or as `name=value` lines of the form. */
function extraParameters(query: Readonly<Record<string, string>>): Record<string, string> {
  const { authorization_params: lines = '', ...others } = query;
  const standard: readonly string[] = STANDARD_WISHES;
  const fromQuery = Object.entries(others).filter(
    ([name]) => !OWN_QUERY.has(name) && !standard.includes(name),
  );
  const fromLines = lines.split(/\r?\n/).flatMap((line) => {
    const [name = '', value = ''] = line.split(/=(.*)/s, 2).map((part) => part.trim());
    return name === '' || EDITABLE_NAMES.includes(name) ? [] : [[name, value] as const];
  });
  return Object.fromEntries([...fromQuery, ...fromLines].filter(([name]) => !OWN_PARAMETERS.has(name)));
}
