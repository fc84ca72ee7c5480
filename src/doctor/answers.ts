import { authenticationMethod } from '../oauth/client-authentication.ts';
import { providerHint } from '../oauth/provider-hints.ts';
import { type Finding, findings } from './finding.ts';
import { type Answer, type Outcome, objectOf, type ProviderFacts } from './probe.ts';

/** The finding for an outcome without an answer. Only where the way from here may be at fault it is a warning. */
export function unanswered(id: string, check: string, outcome: Outcome): Finding | undefined {
  if (!('failure' in outcome)) return undefined;
  const { reason, hint, here } = outcome.failure;
  return findings(id)[here ? 'warning' : 'fault'](check, `${hostOf(outcome.url)} ${reason}.`, hint);
}

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? 'the address';
}

/**
 * Whether the provider takes the client id and secret: a code that does not exist is `invalid_grant` to who knows
 * the client, and `invalid_client` is for the rest (RFC 6749 §5.2).
 */
export function checkCredentials({ provider, server, token }: ProviderFacts): Finding[] {
  const { ok, warning, fault } = findings(provider.id);
  const check = 'client authentication';
  if (!token) return [];
  const none = unanswered(provider.id, 'token_endpoint', token);
  if (none) return [none];
  const { status, error, description } = refusalOf(token as Answer);
  const hint = providerHint(error ?? '', description);
  const way = authenticationMethod(provider, server);
  if (error === 'invalid_client' || status === 401) {
    return [
      fault(
        check,
        hint?.description ?? `is refused: client id or secret is wrong, or \`${way}\` is not the way.`,
        hint?.hint ??
          'Compare both with the provider’s console, and `token_endpoint_auth_method` with its documents.',
      ),
    ];
  }
  if (error === 'invalid_grant' && !provider.checks_code_first) {
    return [ok(check, `is accepted (${way}).`)];
  }
  if (hint && error !== 'invalid_grant') return [fault(check, hint.description, hint.hint)];
  if (error === 'unauthorized_client' || error === 'unsupported_grant_type') {
    return [
      fault(
        check,
        'works, but the application may not use the authorization code grant.',
        'At the provider, make it a web application and allow the grant type `authorization_code`.',
      ),
    ];
  }
  if (status === 404 || status === 405 || (status >= 300 && status < 400)) {
    return [fault('token_endpoint', `answers ${status}: there is no such place.`, 'Check `token_endpoint`.')];
  }
  return [
    warning(
      check,
      `can’t be told from here: the provider answers ${status} to a code that does not exist.`,
      'Sign in once to be sure.',
    ),
  ];
}

function refusalOf({ status, body }: Answer) {
  const members = objectOf(body) ?? {};
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
  if (location.startsWith(redirectUri)) {
    const error = new URL(location).searchParams.get('error') ?? 'login_required';
    const registered = ok(check, `is ${redirectUri}, and registered.`);
    if (NOBODY_THERE.has(error)) return [registered];
    const description = new URL(location).searchParams.get('error_description');
    const hint = providerHint(error, description);
    return [
      registered,
      warning(
        'authorization request',
        hint?.description ?? 'is refused by the provider.',
        hint?.hint ?? 'Check `scope` and `authorization_params` against the provider’s documents.',
      ),
    ];
  }
  const said = status >= 400 && status < 500 ? providerHint('', body.replace(/<[^>]*>/g, ' ')) : undefined;
  if (said) return [fault(check, `is ${redirectUri}. ${said.description}`, register)];
  if (status === 404 || status >= 500) {
    return [
      ok(check, `is ${redirectUri}, to be registered at the provider.`),
      fault('authorization_endpoint', `answers ${status}.`, 'Check `authorization_endpoint`.'),
    ];
  }
  return [ok(check, `is ${redirectUri}, to be registered at the provider.`)];
}
