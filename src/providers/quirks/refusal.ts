import type { Provider } from '../provider.ts';
import { memberAt } from './member-at.ts';

/** An error in the terms of RFC 6749 §5.2. */
export interface Refusal {
  readonly error: string;
  readonly description: string | undefined;
}

/**
 * The error in a body of any form, in the terms of RFC 6749 §5.2: even with status 200 (GitHub, TikTok, Zoho) or in
 * another member (Facebook, HubSpot, Twitch). Undefined if there is none.
 */
export function refusalIn(
  provider: Provider,
  ok: boolean,
  body: Readonly<Record<string, unknown>>,
): Refusal | undefined {
  const standard = typeof body.error === 'string' && body.error !== '' ? body.error : undefined;
  const failed = saysFailure(provider, body);
  if (ok && !failed && standard === undefined) return undefined;
  const description = [body.error_description, body.message].find((text) => typeof text === 'string');
  const own = ownError(provider, body);
  // If neither can be translated, a code in the form of the RFC's says more than a sentence.
  const isCode = standard !== undefined && /^[a-z_]+$/.test(standard);
  const said = (isCode ? standard : undefined) ?? own ?? standard ?? (failed ? 'invalid_request' : undefined);
  return said === undefined
    ? undefined
    : { error: errorName(provider, [own, standard, description]) ?? said, description };
}

/** `success_field`: Slack sends `ok: false` with status 200. */
function saysFailure({ success_field: path }: Provider, body: Readonly<Record<string, unknown>>): boolean {
  return path !== undefined && memberAt(body, path) === false;
}

/**
 * `error_path`: Facebook has the error in `error.type`, HubSpot in `status`, Reddit and Twitch in `message`, Strava in
 * its first `errors`, Zoom in `reason`.
 */
function ownError(
  { error_path: path }: Provider,
  body: Readonly<Record<string, unknown>>,
): string | undefined {
  const named = path === undefined ? undefined : memberAt(body, path);
  return named === undefined || named === null || typeof named === 'object' ? undefined : String(named);
}

/**
 * `error_names`: the error code of RFC 6749 for the provider's own. Atlassian, GitHub, HubSpot, Reddit, Slack, Strava,
 * Twitch, X, Yahoo, Zoho and Zoom have one for a refused code or refresh token; Apple, LinkedIn, Pipedrive and Salesforce
 * for a login that the user cancelled. The first of `said` that is in the table counts: an error code, or a description
 * if only that distinguishes errors (Atlassian, X).
 */
export function errorName(
  { error_names: names = {} }: Provider,
  said: readonly (string | null | undefined)[],
): string | undefined {
  const own = said.find((text) => typeof text === 'string' && Object.hasOwn(names, text));
  return own === undefined || own === null ? undefined : names[own];
}
