import type { Grant } from '../../grants/grant.ts';
import { inverted, renamed, type Shortened } from '../../short-names.ts';
import { asSession, type Session } from '../session.ts';

type Members = Readonly<Record<string, unknown>>;

/** What a cookie has no use for: nobody looks at other browsers' sessions where they live in cookies. */
type CookieSession = Omit<Session, 'user_agent' | 'began_ms'>;

/** Cookies travel with every request, so in them members have names of one letter. A letter is never given again. */
const SESSION_NAMES = {
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
} as const satisfies Readonly<Record<keyof CookieSession, string>>;
const GRANT_NAMES = {
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
} as const satisfies Readonly<Record<keyof Grant, string>>;
const SESSION_MEMBERS = inverted(SESSION_NAMES);
const GRANT_MEMBERS = inverted(GRANT_NAMES);

/**
 * The members by their letters, so that none is forgotten. `x` stands for `expires_at`: in seconds from the beginning, of
 * a session or of its access token.
 */
type SessionForm = Record<Exclude<keyof Shortened<CookieSession, typeof SESSION_NAMES>, 'e'> | 'x', unknown>;
/** The same for a grant. Its flow id is for an operator, who does not see these sessions. */
type GrantForm = Record<Exclude<keyof Shortened<Grant, typeof GRANT_NAMES>, 'e' | 'f'> | 'x', unknown>;

/**
 * Sessions by the form they were written to or read from: a cookie that comes again decrypts to the same object
 * (`Sealer.open`).
 */
const known = new WeakMap<object, Session | undefined>();

/**
 * The session as it is sealed into a cookie, without `user_agent` and `began_ms`. Each member is named, as a loop over
 * the names takes several times as long.
 */
export function cookieForm(session: Session): Members {
  const { id, provider, iss, sub, claims, created_at, steps, acr, amr, auth_time, legacy } = session;
  const form: SessionForm = {
    i: id,
    p: provider,
    o: iss,
    s: sub,
    c: isEmpty(claims) ? undefined : claims,
    g: session.grants.map((grant) => grantForm(grant, session)),
    t: created_at,
    l: steps,
    a: acr,
    m: amr,
    h: auth_time,
    v: legacy,
    x: session.expires_at - created_at,
  };
  known.set(form, asRead(session));
  return form;
}

/** The session as another isolate reads it. */
function asRead(session: Session): Session {
  const grants = session.grants.map((grant) => ({ ...grant, flow: undefined }));
  return { ...session, user_agent: undefined, began_ms: undefined, grants };
}

/** Without what the grant has in common with its session, as most have. Null stands for what only the session has. */
function grantForm(grant: Grant, session: Session): Members {
  const { provider, issuer, iss, sub, token_type, issued_at, expires_at, refreshed_at } = grant;
  return {
    p: provider === session.provider ? undefined : provider,
    o: issuer === session.iss ? undefined : (issuer ?? null),
    u: iss === session.iss ? undefined : (iss ?? null),
    s: sub === session.sub ? undefined : (sub ?? null),
    d: grant.sid,
    a: grant.access_token,
    y: token_type === 'bearer' ? undefined : token_type,
    c: grant.scope,
    t: issued_at === session.created_at ? undefined : issued_at,
    r: grant.refresh_token,
    i: grant.id_token,
    k: grant.dpop_key,
    h: refreshed_at,
    n: grant.refresh_count === 0 ? undefined : grant.refresh_count,
    b: grant.spent,
    j: grant.rejected_at,
    m: isEmpty(grant.members) ? undefined : grant.members,
    z: grant.state,
    w: grant.return_to,
    x: expires_at === undefined ? undefined : expires_at - (refreshed_at ?? issued_at),
  } satisfies GrantForm;
}

function isEmpty(value: unknown): boolean {
  return Object.keys(Object(value)).length === 0;
}

/** The session that a cookie holds; undefined if it is none. Full names are understood too. */
export function fromCookieForm(value: unknown): Session | undefined {
  const form = Object(value ?? {});
  if (!known.has(form)) known.set(form, sessionFrom(form));
  return known.get(form);
}

function sessionFrom(form: object): Session | undefined {
  const { grants, x: life, ...members } = renamed(form, SESSION_MEMBERS);
  if (!Array.isArray(grants)) return undefined;
  const session = { claims: {}, ...members, ...end(members.created_at, life) };
  return asSession({ ...session, grants: grants.map((grant) => grantFrom(grant, session)) });
}

/** What `grantForm` leaves out. */
function usualMembers({ provider, iss, sub, created_at }: Members): Members {
  const same = { provider, issuer: iss, iss, sub, issued_at: created_at };
  return { ...same, token_type: 'bearer', refresh_count: 0, members: {} };
}

/** Version 0.1 left out nothing but these, and it had no `iss`. */
const ALWAYS = { refresh_count: 0, members: {} };

function grantFrom(form: unknown, session: Members): Members {
  const usual = typeof session.iss === 'string' ? usualMembers(session) : ALWAYS;
  const { x: life, ...members } = renamed(form ?? {}, GRANT_MEMBERS);
  const grant: Record<string, unknown> = { ...usual };
  for (const name of Object.keys(members)) grant[name] = members[name] ?? undefined;
  return { ...grant, ...end(grant.refreshed_at ?? grant.issued_at, life) };
}

function end(beginning: unknown, life: unknown): Members {
  return typeof beginning === 'number' && typeof life === 'number' ? { expires_at: beginning + life } : {};
}
