import { CLOCK_SKEW_SECONDS } from '../clock.ts';
import { jsonObject } from '../exact-json.ts';
import { authenticationMethod } from '../oauth/client-authentication.ts';
import { isAllowedEndpoint } from '../providers/allowed-url.ts';
import { ENDPOINTS } from '../settings/build-provider.ts';
import { checkAdvertised, checkPushed, checkSymmetric } from './advertised.ts';
import { checkCredentials, checkRedirectUri, unanswered } from './answers.ts';
import { type Finding, findings } from './finding.ts';
import { checkKeys } from './key-checks.ts';
import type { Answer, ProviderFacts } from './probe.ts';

/** A clock that is off by this, in seconds, may soon be off by more than `CLOCK_SKEW_SECONDS`. */
const SKEW_NOTABLE_SECONDS = 10;

type Check = (facts: ProviderFacts) => Finding[] | Promise<Finding[]>;

/** Every check of a provider, in the order of a login. Each looks at the facts alone. */
const CHECKS: readonly Check[] = [
  checkDiscovery,
  checkEndpoints,
  checkRedirectUri,
  checkPkce,
  checkIss,
  checkScope,
  checkAuthMethod,
  checkAssertionAudience,
  checkAdvertised,
  checkPushed,
  checkSymmetric,
  checkCredentials,
  checkKeys,
  checkClock,
];

/** What all checks find in the facts of one provider. */
export async function checkProvider(facts: ProviderFacts): Promise<Finding[]> {
  return (await Promise.all(CHECKS.map((check) => check(facts)))).flat();
}

/** OpenID Connect Discovery §4.3: the metadata must be of the very issuer that was asked. */
function checkDiscovery({ provider, discovery }: ProviderFacts): Finding[] {
  const { ok, fault } = findings(provider.id);
  if (!discovery) return [];
  const none = unanswered(provider.id, 'discovery', discovery);
  if (none) return [none];
  const { status, body } = discovery as Answer;
  const metadata = status === 200 ? jsonObject(body) : undefined;
  if (!metadata) {
    return [
      fault(
        'discovery',
        status === 200 ? 'is not JSON.' : `answers ${status}.`,
        'Check `issuer`: its metadata is at `<issuer>/.well-known/openid-configuration`. Without metadata, set the endpoints one by one.',
      ),
    ];
  }
  if (metadata.issuer !== provider.issuer) {
    return [
      fault(
        'issuer',
        `differs: the metadata names ${shown(metadata.issuer)}.`,
        'If it is the right provider, set `issuer` to exactly that, including slash and case.',
      ),
    ];
  }
  return [ok('discovery', 'can be read, and names this issuer.')];
}

/** A URL of the metadata, fit to be shown. */
function shown(value: unknown): string {
  return typeof value === 'string' && /^https?:\/\/[\x21-\x7e]{1,200}$/.test(value)
    ? `\`${value.replaceAll('`', '')}\``
    : 'something that isn’t a URL';
}

function checkEndpoints({ provider, server }: ProviderFacts): Finding[] {
  const { ok, fault } = findings(provider.id);
  const base = provider.issuer ?? server.authorization_endpoint;
  const named = ENDPOINTS.filter((name) => server[name] !== undefined);
  const found = named
    .filter((name) => base === undefined || !isAllowedEndpoint(String(server[name]), base))
    .map((name) =>
      fault(name, 'is not an https address of a public host.', 'Correct it, or use another provider.'),
    );
  const needed = ['authorization_endpoint', 'token_endpoint'] as const;
  const missing = named.length > 0 ? needed.filter((name) => server[name] === undefined) : [];
  found.push(
    ...missing.map((name) =>
      fault(name, 'is missing.', 'Set it in the provider’s table: the metadata does not have it.'),
    ),
  );
  return found.length > 0 || named.length === 0
    ? found
    : [ok('endpoints', 'use https, or are on this machine.')];
}

/** RFC 7636 §4.2, RFC 8414 §2. */
function checkPkce({ provider, server }: ProviderFacts): Finding[] {
  const { ok, warning } = findings(provider.id);
  if (!provider.pkce) {
    return [ok('PKCE', 'is not used: this provider refuses it. State and the login cookie bind the code.')];
  }
  const methods = server.code_challenge_methods_supported;
  if (Array.isArray(methods) && methods.includes('S256')) return [ok('PKCE', 'S256 is advertised.')];
  if (!provider.discover || methods === undefined) return [];
  return [
    warning(
      'PKCE',
      'S256 is not among the methods that the provider advertises.',
      'PKCE is sent anyway. If the provider refuses it, set `pkce = false`.',
    ),
  ];
}

/** RFC 9207 §3. */
function checkIss({ provider, server }: ProviderFacts): Finding[] {
  const { ok } = findings(provider.id);
  if (!provider.discover || server.authorization_endpoint === undefined) return [];
  return server.authorization_response_iss_parameter_supported
    ? [ok('iss', 'comes with every authorization response.')]
    : [ok('iss', 'is not promised. A separate redirect URI tells providers apart instead.')];
}

function checkScope({ provider, server }: ProviderFacts): Finding[] {
  const { warning } = findings(provider.id);
  const known = server.scopes_supported;
  if (!Array.isArray(known)) return [];
  const unknown = provider.scope.split(' ').filter((scope) => scope !== '' && !known.includes(scope));
  if (unknown.length === 0) return [];
  return [
    warning(
      'scope',
      `has ${unknown.join(', ')}, which the provider does not advertise.`,
      'Providers may support more than they advertise. If logins fail with `invalid_scope`, remove it.',
    ),
  ];
}

/** RFC 8414 §2: `client_secret_basic` if the metadata does not say. */
function checkAuthMethod({ provider, server }: ProviderFacts): Finding[] {
  const { warning } = findings(provider.id);
  const methods = server.token_endpoint_auth_methods_supported;
  const method = authenticationMethod(provider, server);
  if (!Array.isArray(methods) || methods.includes(method)) return [];
  return [
    warning(
      'token_endpoint_auth_method',
      `is ${method}, which the provider does not advertise.`,
      'Set one of those that its metadata lists under `token_endpoint_auth_methods_supported`.',
    ),
  ];
}

/** RFC 7523bis §4: an assertion for a token endpoint serves whoever can make a provider call that its own. */
function checkAssertionAudience({ provider, server }: ProviderFacts): Finding[] {
  const isSigned = authenticationMethod(provider, server).endsWith('_jwt');
  if (!isSigned || provider.client_assertion_audience === 'issuer') return [];
  return [
    findings(provider.id).warning(
      'client_assertion_audience',
      'is the token endpoint: an assertion could be used at a provider that imitates this one.',
      'Leave it out if the provider accepts its issuer as the audience.',
    ),
  ];
}

/** The `Date` of an answer that no cache keeps, against our own clock (RFC 9110 §6.6.1). */
function checkClock({ provider, token, discovery }: ProviderFacts): Finding[] {
  const { ok, warning, fault } = findings(provider.id);
  const answer = [token, discovery].find((outcome) => outcome !== undefined && 'headers' in outcome);
  const date = answer && Date.parse(answer.headers.get('date') ?? '');
  if (!answer || date === undefined || Number.isNaN(date) || answer.headers.has('age')) return [];
  const seconds = Math.round((date - answer.at) / 1000);
  const off = Math.abs(seconds);
  if (off < SKEW_NOTABLE_SECONDS) return [ok('clock', 'agrees with the provider’s.')];
  const text = `${off} seconds ${seconds > 0 ? 'behind' : 'ahead of'} the provider’s.`;
  const hint = 'Sync this machine’s clock with NTP. If it is correct, the provider’s clock is wrong.';
  return [
    off <= CLOCK_SKEW_SECONDS
      ? warning('clock', `is ${text}`, hint)
      : fault('clock', `is ${text} ID tokens may be refused.`, hint),
  ];
}
