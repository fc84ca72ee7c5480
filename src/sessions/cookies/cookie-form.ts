import type { Grant } from '../../grants/grant.ts';
import { inverted, type Names, renamed } from '../../short-names.ts';
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
  spent: 'b',
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

/** Stands for `expires_at`, in seconds from the beginning: of a session, or of its access token. */
const LIFE = 'x';

/** The session as it is sealed into a cookie. */
export function cookieForm({ user_agent: _, began_ms: __, ...session }: Session): Members {
  const usual = usualMembers(session);
  const { expires_at, claims, ...rest } = session;
  const form = {
    ...rest,
    [LIFE]: expires_at - session.created_at,
    ...(Object.keys(claims).length > 0 && { claims }),
    grants: session.grants.map((grant) => grantForm(grant, usual)),
  };
  return renamed(form, SESSION_NAMES);
}

/** What most grants of a session have in common with it: it is left out. */
function usualMembers({ provider, iss, sub, created_at }: Members): Members {
  const same = { provider, issuer: iss, iss, sub, issued_at: created_at };
  return { ...same, token_type: 'bearer', refresh_count: 0, members: {} };
}

/** The flow id is for an operator, who does not see these sessions. */
function grantForm({ flow: _, expires_at, ...grant }: Grant, usual: Members): Members {
  const life = expires_at === undefined ? undefined : expires_at - (grant.refreshed_at ?? grant.issued_at);
  const members: Members = { iss: undefined, ...grant, [LIFE]: life };
  const names: Names = GRANT_NAMES;
  const form: Record<string, unknown> = {};
  for (const name of Object.keys(members)) {
    const value = members[name];
    if (!(name in usual)) form[names[name] ?? name] = value;
    else if (name === 'members' ? !isEmpty(value) : usual[name] !== value)
      form[names[name] ?? name] = value ?? null;
  }
  return form;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(Object(value)).length === 0;
}

/** Sessions by the form they were read from: a cookie that comes again decrypts to the same object (`Sealer.open`). */
const known = new WeakMap<object, Session | undefined>();

/** The session that a cookie holds; undefined if it is none. Full names are understood too. */
export function fromCookieForm(value: unknown): Session | undefined {
  const form = Object(value ?? {});
  if (!known.has(form)) known.set(form, sessionFrom(form));
  return known.get(form);
}

function sessionFrom(form: object): Session | undefined {
  const { grants, [LIFE]: life, ...members } = renamed(form, SESSION_MEMBERS);
  if (!Array.isArray(grants)) return undefined;
  const session = { claims: {}, ...members, ...end(members.created_at, life) };
  return asSession({ ...session, grants: grants.map((grant) => grantFrom(grant, session)) });
}

/** Version 0.1 left out nothing but these, and it had no `iss`. */
const ALWAYS = { refresh_count: 0, members: {} };

function grantFrom(form: unknown, session: Members): Members {
  const usual = typeof session.iss === 'string' ? usualMembers(session) : ALWAYS;
  const { [LIFE]: life, ...members } = renamed(form ?? {}, GRANT_MEMBERS);
  const grant: Record<string, unknown> = { ...usual };
  for (const name of Object.keys(members)) grant[name] = members[name] ?? undefined;
  return { ...grant, ...end(grant.refreshed_at ?? grant.issued_at, life) };
}

function end(beginning: unknown, life: unknown): Members {
  return typeof beginning === 'number' && typeof life === 'number' ? { expires_at: beginning + life } : {};
}
