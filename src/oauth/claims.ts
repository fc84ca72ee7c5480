import { base64url } from 'jose';
import { jsonObject, opensMoreThan } from '../exact-json.ts';

/** Deeper than any meaningful claim. A page that shows claims recurses this far. */
const MAX_DEPTH = 16;
/** Maximum members and list items of one claim: a user may be in thousands of groups. */
const MAX_NODES = 20_000;
/** Maximum characters of all claims as JSON. */
const MAX_LENGTH = 262_144;

/**
 * The claims that may go on to pages, logs and storage: those that are neither too deep nor too large, in their
 * original order, as many as fit. Claims that are left out are treated as if the provider had not sent them.
 */
export function boundedClaims<Claims extends Readonly<Record<string, unknown>>>(claims: Claims): Claims {
  if (isShallow(claims) && JSON.stringify(claims).length <= MAX_LENGTH) return claims;
  let room = MAX_LENGTH;
  const kept = Object.entries(claims).filter(([name, value]) => {
    if (!isShallow(value)) return false;
    const length = name.length + (JSON.stringify(value)?.length ?? 0);
    if (length > room) return false;
    room -= length;
    return true;
  });
  return Object.fromEntries(kept) as Claims;
}

/** True if a value has few enough levels and members. Never recurses deeper than the limit. */
export function isShallow(value: unknown): boolean {
  return typeof value !== 'object' || value === null || nodesIn(value, MAX_DEPTH) <= MAX_NODES;
}

/**
 * True if the value of a JSON text is certain to be shallow, and within all limits: each member or list item takes two
 * characters at least. False does not mean that it is not.
 */
export function isShallowText(text: string): boolean {
  return text.length <= 2 * MAX_NODES && !opensMoreThan(MAX_DEPTH, text);
}

/** How many members and list items there are on all levels; infinite past the limits. */
function nodesIn(value: object, depth: number): number {
  if (depth === 0) return Number.POSITIVE_INFINITY;
  const members = Object.values(value);
  let nodes = members.length;
  for (const member of members) {
    if (nodes > MAX_NODES) return Number.POSITIVE_INFINITY;
    if (typeof member === 'object' && member !== null) nodes += nodesIn(member, depth - 1);
  }
  return nodes;
}

/**
 * The claims of a validated JWT. A number that a double can't hold exactly becomes its original text, since it may
 * identify somebody, such as a `sid` or an employee number.
 */
export function exactClaims<Claims extends object>(jwt: string, claims: Claims): Claims {
  if (!mayHaveLost(claims)) return claims;
  const payload = new TextDecoder().decode(base64url.decode(jwt.split('.')[1] ?? ''));
  return (jsonObject(payload) as Claims | undefined) ?? claims;
}

/** True if a number on the first few levels can't be represented exactly. */
function mayHaveLost(value: object, levels = 4): boolean {
  for (const member of Object.values(value)) {
    if (typeof member === 'number' && !Number.isSafeInteger(member)) return true;
    if (typeof member !== 'object' || member === null || levels === 1) continue;
    if (mayHaveLost(member, levels - 1)) return true;
  }
  return false;
}
