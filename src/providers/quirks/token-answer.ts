import { jsonObject } from '../../exact-json.ts';
import type { Provider } from '../provider.ts';
import { memberAt, tokenMemberAt } from './member-at.ts';

type Body = Record<string, unknown>;

/**
 * `token_response_format`: the members of a token response, whatever its content type: JSON, or a form if the provider
 * is known to send one. Undefined if it is neither. No preset needs it: providers that support both send JSON when the
 * request accepts it.
 */
export function parseTokenBody({ token_response_format: format }: Provider, body: string): Body | undefined {
  const json = jsonObject(body);
  if (json || format !== 'form' || body === '') return json;
  return Object.fromEntries(new URLSearchParams(body));
}

/** The token response with registered names, types and units (RFC 6749 §5.1). */
export function tokenResponse(provider: Provider, parsed: Body): Body {
  return isUsual(provider, parsed) ? parsed : adapted(provider, parsed);
}

const SPACED_WORDS = /^[^\s,]+(?: [^\s,]+)*$/;

/** True for a response that `adapted` would leave as it is, as nearly every one. */
function isUsual(provider: Provider, body: Body): boolean {
  const { token_path, token_fields, token_type: type, expires_in_unit } = provider;
  const { token_type, expires_in, scope, refresh_token, id_token } = body;
  return (
    (token_path ?? token_fields ?? type ?? expires_in_unit) === undefined &&
    typeof token_type === 'string' &&
    token_type !== '' &&
    token_type.trim() === token_type &&
    typeof expires_in === 'number' &&
    Number.isInteger(expires_in) &&
    expires_in > 0 &&
    (scope === undefined || (typeof scope === 'string' && SPACED_WORDS.test(scope))) &&
    (refresh_token === undefined || (typeof refresh_token === 'string' && refresh_token.trim() !== '')) &&
    (id_token === undefined || (typeof id_token === 'string' && id_token.trim() !== ''))
  );
}

function adapted(provider: Provider, parsed: Body): Body {
  const body = provider.token_path === undefined ? { ...parsed } : withNested(provider.token_path, parsed);
  if (provider.token_fields) rename(provider.token_fields, parsed, body);
  setTokenType(provider, body);
  body.scope = scopeText(provider, body.scope);
  dropEmpty(body);
  body.expires_in = expirySeconds(provider, body.expires_in);
  return body;
}

/** `token_path`: Slack's API has the user's token in `authed_user`. */
function withNested(path: string, parsed: Body): Body {
  const nested = memberAt(parsed, path);
  return { ...parsed, ...(typeof nested === 'object' && nested !== null ? nested : {}) };
}

/** `token_fields`: Bitbucket and HubSpot call `scope` `scopes`, Square has `expires_at` for `expires_in`. */
function rename(fields: NonNullable<Provider['token_fields']>, parsed: Body, body: Body): void {
  for (const [name, path] of Object.entries(fields)) {
    const value = name === 'sub' ? tokenMemberAt(parsed, path) : memberAt(parsed, path);
    if (value !== undefined) body[name] = value;
    else if (name === 'sub') delete body.sub;
  }
}

/** `token_type`: Slack's API says `user`; Basecamp, ClickUp, Intercom and Threads omit it. */
function setTokenType({ token_type: type }: Provider, body: Body): void {
  if (type) body.token_type = type;
  else if (typeof body.token_type === 'string') body.token_type = body.token_type.trim();
}

/** Slack and others send null or an empty string for missing members; PHP and Ruby have `false` and empty lists for it. */
function dropEmpty(body: Body): void {
  for (const name of ['refresh_token', 'expires_in', 'scope', 'id_token']) {
    if (isEmpty(body[name])) delete body[name];
  }
}

function isEmpty(value: unknown): boolean {
  if (typeof value === 'string') return value.trim() === '';
  return value === null || value === false || (typeof value === 'object' && Object.keys(value).length === 0);
}

/**
 * `token_scope_separator`, `scope_separator`: GitHub, LinkedIn, Pipedrive and TikTok send commas, and Twitch a list.
 * The RFC requires a space-separated text (§3.3).
 */
export function scopeText(provider: Provider, scope: unknown): unknown {
  if (Array.isArray(scope)) return scope.filter((item) => typeof item === 'string').join(' ');
  if (typeof scope !== 'string') return scope;
  const separator = provider.token_scope_separator ?? provider.scope_separator;
  const separated = separator === ',' ? scope.replaceAll(',', ' ') : scope;
  return separated.trim().replace(/\s+/g, ' ');
}

/**
 * `expires_in_unit`: Square sends the expiry as a date. Naver, like many others, sends the seconds as text. The member is
 * only recommended (RFC 6749 §5.1), so what is no time says as little as a missing one. Neither do zero, which means that
 * the token does not expire (VK), and a negative number, which others have for the same.
 */
function expirySeconds({ expires_in_unit: unit }: Provider, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const seconds = unit === 'date' ? secondsUntil(String(value)) : secondsIn(value);
  if (unit === 'date' && seconds < 0) return 0;
  if (Number.isNaN(seconds) || seconds <= 0) return undefined;
  return Math.floor(unit === 'milliseconds' ? seconds / 1000 : seconds);
}

function secondsUntil(date: string): number {
  return Math.floor((Date.parse(date) - Date.now()) / 1000);
}

/** A number, or a text of its digits. `3,600` and `1h` are neither: a number read from their beginning would be wrong. */
function secondsIn(value: unknown): number {
  if (typeof value === 'number') return value;
  return typeof value === 'string' && /^\s*\d+(?:\.\d+)?\s*$/.test(value) ? Number(value) : Number.NaN;
}

/** Members of a token response that the grant stores under its own names. */
const TOKEN_MEMBERS = new Set([
  'access_token',
  'expires_in',
  'id_token',
  'refresh_token',
  'scope',
  'token_type',
]);

/**
 * `kept_fields`: what is stored in addition to the tokens. Pipedrive, Salesforce and Zoho send the address of the user's
 * API; HubSpot, Notion, Slack and Stripe send the account. Undefined if nothing is to be stored.
 */
export function keptMembers(
  { kept_fields: kept }: Provider,
  response: Body,
  keepAll: boolean,
): Body | undefined {
  if (!keepAll && !kept) return undefined;
  return Object.fromEntries(
    Object.entries(response).filter(
      ([name]) => !TOKEN_MEMBERS.has(name) && (keepAll || kept?.includes(name)),
    ),
  );
}
