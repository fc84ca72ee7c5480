import type { Grant } from '../../grants/grant.ts';
import { asSession, type Session } from '../session.ts';

type Members = Readonly<Record<string, unknown>>;

/** What a cookie has no use for: nobody looks at other browsers' sessions where they live in cookies. */
type CookieSession = Omit<Session, 'user_agent' | 'began_ms'>;

/** Cookies travel with every request, so in them members have names of one letter. A letter is never given again. */
const SESSION_NAMES: Readonly<Record<keyof CookieSession, string>> = {
  id: 'i',
  provider: 'p',
  iss: 'o',
  sub: 's',
  claims: 'c',
  grants: 'g',
  created_at: 't',
  expires_at: 'e',
  steps: 'l',
  acr: 'a',
  amr: 'm',
  auth_time: 'h',
  legacy: 'v',
};
const GRANT_NAMES: Readonly<Record<keyof Grant, string>> = {
  provider: 'p',
  issuer: 'o',
  iss: 'u',
  sub: 's',
  sid: 'd',
  access_token: 'a',
  token_type: 'y',
  scope: 'c',
  issued_at: 't',
  expires_at: 'e',
  refresh_token: 'r',
  id_token: 'i',
  dpop_key: 'k',
  refreshed_at: 'h',
  refresh_count: 'n',
  rejected_at: 'j',
  members: 'm',
  state: 'z',
  flow: 'f',
  return_to: 'w',
};
const SESSION_MEMBERS = inverted(SESSION_NAMES);
const GRANT_MEMBERS = inverted(GRANT_NAMES);

/** The session as it is sealed into a cookie. */
export function cookieForm({ user_agent: _, began_ms: __, ...session }: Session): Members {
  return renamed({ ...session, grants: session.grants.map(grantForm) }, SESSION_NAMES);
}

function grantForm({ refresh_count, members, ...grant }: Grant): Members {
  const rest = {
    ...grant,
    ...(refresh_count > 0 && { refresh_count }),
    ...(Object.keys(members).length > 0 && { members }),
  };
  return renamed(rest, GRANT_NAMES);
}

/** Sessions by the form they were read from: of a cookie that comes again it is the very same (`Sealer.open`). */
const known = new WeakMap<object, Session | undefined>();

/** The session that a cookie holds; undefined if it is none. Full names are understood too. */
export function fromCookieForm(value: unknown): Session | undefined {
  const form = Object(value ?? {});
  if (!known.has(form)) known.set(form, sessionFrom(form));
  return known.get(form);
}

function sessionFrom(form: object): Session | undefined {
  const { grants, ...session } = renamed(form, SESSION_MEMBERS);
  if (!Array.isArray(grants)) return undefined;
  return asSession({ ...session, grants: grants.map(grantFrom) });
}

function grantFrom(form: unknown): Members {
  return { refresh_count: 0, members: {}, ...renamed(form ?? {}, GRANT_MEMBERS) };
}

function renamed(value: object, names: Readonly<Record<string, string>>): Members {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [names[name] ?? name, member]));
}

function inverted(names: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(names).map(([name, letter]) => [letter, name]));
}
