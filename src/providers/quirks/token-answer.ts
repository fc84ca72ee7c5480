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
  const body = withNested(provider, parsed);
  rename(provider, parsed, body);
  setTokenType(provider, body);
  body.scope = scopeText(provider, body.scope);
  dropEmpty(body);
  body.expires_in = expirySeconds(provider, body.expires_in);
  return body;
}

/** `token_path`: Slack's API has the user's token in `authed_user`. */
function withNested({ token_path: path }: Provider, parsed: Body): Body {
  const nested = path === undefined ? undefined : memberAt(parsed, path);
  return { ...parsed, ...(typeof nested === 'object' && nested !== null ? nested : {}) };
}

/** `token_fields`: Bitbucket and HubSpot call `scope` `scopes`, Square has `expires_at` for `expires_in`. */
function rename({ token_fields: fields }: Provider, parsed: Body, body: Body): void {
  for (const [name, path] of Object.entries(fields ?? {})) {
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

/** Slack and others send null or an empty string for missing members. */
function dropEmpty(body: Body): void {
  for (const name of ['refresh_token', 'expires_in', 'scope', 'id_token']) {
    if (body[name] === null || body[name] === '') delete body[name];
  }
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
 * `expires_in_unit`: Square sends the expiry as a date. Naver, like many others, sends the seconds as text. A token that is
 * over as soon as it is issued is of no use: zero means that it does not expire (VK), or that nobody says.
 */
function expirySeconds({ expires_in_unit: unit }: Provider, value: unknown): unknown {
  if (value === undefined) return undefined;
  if (unit === 'date') return Math.max(0, Math.floor((Date.parse(String(value)) - Date.now()) / 1000));
  const seconds = typeof value === 'string' && /^\d+(?:\.\d+)?$/.test(value) ? Number(value) : value;
  if (typeof seconds !== 'number') return seconds;
  if (seconds === 0) return undefined;
  return Math.floor(unit === 'milliseconds' ? seconds / 1000 : seconds);
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
 * API; HubSpot, Notion, Slack and Stripe send the account.
 */
export function keptMembers({ kept_fields: kept = [] }: Provider, response: Body, keepAll: boolean): Body {
  if (!keepAll && kept.length === 0) return {};
  return Object.fromEntries(
    Object.entries(response).filter(([name]) => !TOKEN_MEMBERS.has(name) && (keepAll || kept.includes(name))),
  );
}
