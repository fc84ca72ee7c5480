import { jsonObject } from '../exact-json.ts';
import { adviceFor, OTHER_METHOD } from '../oauth/advice.ts';
import { authenticationMethod } from '../oauth/client-authentication.ts';
import { providerHint } from '../oauth/provider-hints.ts';
import type { Provider } from '../providers/provider.ts';
import { type Finding, findings } from './finding.ts';
import type { Answer, Outcome, ProviderFacts } from './probe.ts';

/** The finding for an outcome without an answer. Only where the way from here may be at fault it is a warning. */
export function unanswered(id: string, check: string, outcome: Outcome): Finding | undefined {
  if (!('failure' in outcome)) return undefined;
  const { reason, hint, here } = outcome.failure;
  return findings(id)[here ? 'warning' : 'fault'](check, `${hostOf(outcome.url)} ${reason}.`, hint);
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the address';
}

const CHECK = 'client authentication';
const UNSURE = 'Sign in once to be sure.';

/**
 * Whether the provider accepts the client id and secret. For a code that does not exist it returns `invalid_grant` if
 * it knows the client, else `invalid_client` (RFC 6749 §5.2).
 */
export function checkCredentials({ provider, server, token, stranger }: ProviderFacts): Finding[] {
  const { warning, fault } = findings(provider.id);
  if (!token) return [];
  const none = unanswered(provider.id, 'token_endpoint', token);
  if (none) return [none];
  const answer = refusalOf(token as Answer);
  const { status, error, description } = answer;
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return [fault('token_endpoint', `returns ${status}, so it isn’t there.`, 'Check `token_endpoint`.')];
  }
  if (error === 'invalid_grant') return [acceptance(provider, server, stranger)];
  const hint = providerHint(error ?? '', description);
  if (hint) return [fault(CHECK, hint.description, hint.hint)];
  if (error === 'invalid_dpop_proof' || error === 'use_dpop_nonce') {
    const advice = adviceFor(error, { proves: true });
    return [fault('DPoP', advice?.description ?? 'is refused.', advice?.hint)];
  }
  const way = authenticationMethod(provider, server);
  if (error === 'invalid_client' || status === 401) {
    const message = `is refused. The client id or secret is wrong, or the provider does not accept \`${way}\`.`;
    return [fault(CHECK, message, `Compare both with the provider’s console. ${OTHER_METHOD}`)];
  }
  if (error === 'unauthorized_client' || error === 'unsupported_grant_type') {
    const hint = `Allow the grant type \`authorization_code\` for the application at the provider, and compare client id and secret. ${OTHER_METHOD}`;
    return [fault(CHECK, `is refused with \`${error}\`.`, hint)];
  }
  if (error === 'invalid_request') {
    const message = 'can’t be checked from here: the provider rejects the token request as malformed.';
    return [warning(CHECK, message, `${UNSURE} If it fails: ${OTHER_METHOD}`)];
  }
  const message = `can’t be checked from here: the provider returns ${status} for a code that does not exist.`;
  return [warning(CHECK, message, UNSURE)];
}

/** Nothing but the code was wrong. That says something of the credentials only if others are refused. */
function acceptance(
  provider: Provider,
  server: ProviderFacts['server'],
  stranger: Outcome | undefined,
): Finding {
  const { ok, warning } = findings(provider.id);
  const judgesCredentials =
    stranger !== undefined && 'body' in stranger && refusalOf(stranger).error !== 'invalid_grant';
  if (judgesCredentials) return ok(CHECK, `is accepted (${authenticationMethod(provider, server)}).`);
  return warning(CHECK, 'can’t be checked from here: the provider checks the code first.', UNSURE);
}

function refusalOf({ status, body }: Answer) {
  const members = jsonObject(body) ?? {};
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  return { status, error: text(members.error), description: text(members.error_description) };
}

/** What a provider may say to `prompt=none` when everything but the user is there (OpenID Connect Core §3.1.2.6). */
const NOBODY_THERE: ReadonlySet<string> = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
]);

/**
 * Whether the redirect URI is registered: only then may the provider send an answer there (RFC 6749 §4.1.2.1).
 * The line always holds the URI, to be copied into the provider's console.
 */
export function checkRedirectUri({ provider, redirectUri, authorization }: ProviderFacts): Finding[] {
  const { ok, warning, fault } = findings(provider.id);
  const check = 'redirect_uri';
  const register = `Register ${redirectUri} at the provider${provider.registration ? `: ${provider.registration}` : ''}.`;
  if (!authorization) return [ok(check, `is ${redirectUri}, to be registered at the provider.`)];
  const none = unanswered(provider.id, 'authorization_endpoint', authorization);
  if (none) return [ok(check, `is ${redirectUri}, to be registered at the provider.`), none];
  const { status, headers, body } = authorization as Answer;
  const location = headers.get('location') ?? '';
  if (isAt(redirectUri, location)) {
    return [ok(check, `is ${redirectUri} and is registered.`), ...checkReturned(provider.id, location)];
  }
  const said = providerHint('', status >= 400 ? body.replace(/<[^<>]*>/g, ' ') : errorIn(location));
  if (said) {
    const hint = /redirect URI/.test(said.description) ? register : said.hint;
    return [fault(check, `is ${redirectUri}. ${said.description}`, hint)];
  }
  if (status === 400) {
    // RFC 6749 §4.1.2.1: a request is answered by a page only if the client or its redirect URI is not known.
    const message = `is ${redirectUri}. The provider seems to refuse it, or doesn’t know the client id.`;
    return [warning(check, message, `${register} Compare \`client_id\` with its console.`)];
  }
  if (status === 404 || status >= 500) {
    return [
      ok(check, `is ${redirectUri}, to be registered at the provider.`),
      fault('authorization_endpoint', `answers ${status}.`, 'Check `authorization_endpoint`.'),
    ];
  }
  return [ok(check, `is ${redirectUri}. This check can’t tell whether it is registered.`)];
}

/** What the provider sent back to the redirect URI: that nobody is signed in, as it should, or what it refuses. */
function checkReturned(provider: string, location: string): Finding[] {
  const { searchParams } = new URL(location);
  const error = searchParams.get('error') ?? 'login_required';
  if (NOBODY_THERE.has(error)) return [];
  const hint = providerHint(error, searchParams.get('error_description'));
  return [
    findings(provider).warning(
      'authorization request',
      hint?.description ?? 'is refused by the provider.',
      hint?.hint ?? 'Check `scope` and `authorization_params` against the provider’s documents.',
    ),
  ];
}

/** True if a location is the redirect URI with parameters, not one that only begins alike. */
function isAt(redirectUri: string, location: string): boolean {
  return /^(?:[?#&]|$)/.test(location.startsWith(redirectUri) ? location.slice(redirectUri.length) : 'x');
}

/** What a redirect to an error page of the provider's own says in its query, Google's in base64. */
function errorIn(location: string): string {
  const parameters = [...(URL.parse(location)?.searchParams ?? [])].map(([, value]) => value);
  return parameters.flatMap((value) => [value, decoded(value)]).join(' ');
}

function decoded(value: string): string {
  try {
    return atob(value.replaceAll('-', '+').replaceAll('_', '/')).replace(/[^\x20-\x7e]+/g, ' ');
  } catch {
    return '';
  }
}
