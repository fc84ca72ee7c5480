import type { Provider } from '../provider.ts';
import { memberAt } from './member-at.ts';

/** An error in the words of RFC 6749 §5.2. */
export interface Refusal {
  readonly error: string;
  readonly description: string | undefined;
}

/**
 * The error that a body tells, in whatever form, as RFC 6749 §5.2 has it: also with status 200 (GitHub, TikTok, Zoho)
 * and from another member (Facebook, HubSpot, Twitch). Undefined if it tells none.
 */
export function refusalIn(
  provider: Provider,
  ok: boolean,
  body: Readonly<Record<string, unknown>>,
): Refusal | undefined {
  const standard = typeof body.error === 'string' && body.error !== '' ? body.error : undefined;
  const failed = saysFailure(provider, body);
  if (ok && !failed && standard === undefined) return undefined;
  const description = typeof body.error_description === 'string' ? body.error_description : undefined;
  const own = ownError(provider, body);
  // Where nothing translates either, a code in the form of the RFC's says more than a sentence.
  const isCode = standard !== undefined && /^[a-z_]+$/.test(standard);
  const said = (isCode ? standard : undefined) ?? own ?? standard ?? (failed ? 'invalid_request' : undefined);
  return said === undefined
    ? undefined
    : { error: errorName(provider, [own, standard, description]) ?? said, description };
}

/** `success_field`: Slack says `ok: false` with status 200. */
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
 * `error_names`: the name of RFC 6749 for a word of the provider's own. Atlassian, GitHub, HubSpot, Reddit, Slack,
 * Strava, Twitch, X, Yahoo, Zoho and Zoom have one for a refused code or refresh token; Apple, LinkedIn, Pipedrive and
 * Salesforce for a login that the user cancelled. The first of `said` that the table names counts: an error code, or a
 * description where that alone tells them apart (Atlassian, X).
 */
export function errorName(
  { error_names: names = {} }: Provider,
  said: readonly (string | null | undefined)[],
): string | undefined {
  const own = said.find((text) => typeof text === 'string' && Object.hasOwn(names, text));
  return own === undefined || own === null ? undefined : names[own];
}
