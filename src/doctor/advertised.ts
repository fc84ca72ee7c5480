import type { AuthorizationServer } from 'oauth4webapi';
import { isPushed } from '../oauth/request-delivery.ts';
import type { Provider } from '../providers/provider.ts';
import { type Finding, findings } from './finding.ts';
import type { ProviderFacts } from './probe.ts';

/** A setting, and the list in the metadata that should contain its value (RFC 8414 §2, OpenID Discovery §3). */
interface Comparison {
  readonly setting: string;
  /** What is used; undefined: nothing that a list could lack. */
  readonly used: (provider: Provider) => string | undefined;
  readonly list: keyof AuthorizationServer;
  /** What holds where the metadata has no such list; undefined: nothing is known then. */
  readonly unlisted?: readonly string[];
}

const COMPARISONS: readonly Comparison[] = [
  { setting: 'response_type', used: () => 'code', list: 'response_types_supported' },
  {
    setting: 'response_mode',
    used: ({ response_mode }) => response_mode ?? 'query',
    list: 'response_modes_supported',
    unlisted: ['query', 'fragment'],
  },
  { setting: 'grant_type', used: () => 'authorization_code', list: 'grant_types_supported' },
  {
    setting: 'id_token_signed_response_alg',
    used: ({ client }) => publicAlg(client.id_token_signed_response_alg),
    list: 'id_token_signing_alg_values_supported',
  },
  {
    setting: 'userinfo_signed_response_alg',
    used: ({ client }) => publicAlg(client.userinfo_signed_response_alg),
    list: 'userinfo_signing_alg_values_supported',
    unlisted: [],
  },
  {
    setting: 'authorization_signed_response_alg',
    used: ({ client }) => publicAlg(client.authorization_signed_response_alg),
    list: 'authorization_signing_alg_values_supported',
    unlisted: [],
  },
  {
    setting: 'request_object_signing_alg',
    used: ({ request_object_signing_alg }) => request_object_signing_alg,
    list: 'request_object_signing_alg_values_supported',
    unlisted: [],
  },
  {
    setting: 'dpop_bound_access_tokens',
    used: ({ dpop }) => (dpop ? 'ES256' : undefined),
    list: 'dpop_signing_alg_values_supported',
    unlisted: [],
  },
  {
    setting: 'token_endpoint_auth_signing_alg',
    used: ({ token_endpoint_auth_method: method, private_keys: { signing } }) =>
      method === 'private_key_jwt' ? signing[0]?.alg : undefined,
    list: 'token_endpoint_auth_signing_alg_values_supported',
  },
];

/** What is set, against what the provider says that it does. Nothing is said of a provider without metadata. */
export function checkAdvertised({ provider, server }: ProviderFacts): Finding[] {
  if (!provider.discover || server.authorization_endpoint === undefined) return [];
  const { warning } = findings(provider.id);
  return COMPARISONS.flatMap(({ setting, used, list, unlisted }) => {
    const value = used(provider);
    const listed = server[list];
    const known = Array.isArray(listed) ? listed : unlisted;
    if (value === undefined || known === undefined || known.includes(value)) return [];
    const hint = `Compare \`${setting}\` with \`${list}\` in the metadata and with the provider’s documentation.`;
    return [warning(setting, `is ${value}, which the provider does not advertise.`, hint)];
  });
}

/** Pushed authorization requests that are wanted need a place (RFC 9126 §5). */
export function checkPushed({ provider, server }: ProviderFacts): Finding[] {
  const { fault } = findings(provider.id);
  const { authorization_endpoint, issuer, pushed_authorization_request_endpoint: endpoint } = server;
  if (authorization_endpoint === undefined || endpoint !== undefined) return [];
  if (!isPushed(provider, { ...server, issuer: issuer ?? '' })) return [];
  return [
    fault(
      'pushed_authorization_request_endpoint',
      'is missing, but authorization requests must be pushed.',
      'Set it, or set `require_pushed_authorization_requests = false`.',
    ),
  ];
}

const SIGNED = ['id_token', 'userinfo', 'authorization'] as const;

/** Answers are checked with the provider's public keys; the client secret, or nothing, is no such key. */
export function checkSymmetric({ provider }: ProviderFacts): Finding[] {
  const { fault } = findings(provider.id);
  return SIGNED.flatMap((name) => {
    const setting = `${name}_signed_response_alg` as const;
    const alg = provider.client[setting];
    if (typeof alg !== 'string' || publicAlg(alg) !== undefined) return [];
    const hint = 'Choose an algorithm with a public key at the provider, such as ES256 or RS256.';
    return [fault(setting, `is ${alg}, which Drawbridge does not accept.`, hint)];
  });
}

/** The algorithm, if it has a public key. */
function publicAlg(alg: unknown): string | undefined {
  return typeof alg === 'string' && !/^(?:HS\d+|none)$/i.test(alg) ? alg : undefined;
}
