import { importJWK, type JWK } from 'jose';
import { jsonObject } from '../exact-json.ts';
import { mayHaveSigned, usableKeys } from '../oauth/usable-keys.ts';
import { isOpenId } from '../providers/provider.ts';
import { unanswered } from './answers.ts';
import { type Finding, findings } from './finding.ts';
import type { Answer, ProviderFacts } from './probe.ts';

/** RFC 7517 §5: at least one key must do to check an ID token. */
export async function checkKeys(facts: ProviderFacts): Promise<Finding[]> {
  const { provider, server, keys } = facts;
  const { ok, warning, fault } = findings(provider.id);
  if (!keys) {
    const missing = isOpenId(provider.scope) && server.token_endpoint !== undefined && !server.jwks_uri;
    return missing
      ? [fault('jwks_uri', 'is missing, so no ID token can be checked.', 'Set `jwks_uri`.')]
      : [];
  }
  const none = unanswered(provider.id, 'jwks_uri', keys);
  if (none) return [none];
  const { status, body } = keys as Answer;
  const list = status >= 200 && status < 300 ? jsonObject(body)?.keys : undefined;
  if (!Array.isArray(list)) {
    return [fault('jwks_uri', `returns no key set (status ${status}).`, 'Check `jwks_uri`.')];
  }
  const signing = list.filter((key) => (key as { use?: unknown } | null)?.use !== 'enc');
  const good = (await Promise.all(signing.map(readable))).filter((key) => key !== undefined);
  const bad = signing.length - good.length;
  if (good.length === 0) {
    return [
      fault(
        'keys',
        'include none that can verify an ID token.',
        'The provider has to publish a public key: EC, Ed25519, or RSA of 2048 bits or more.',
      ),
    ];
  }
  const unfit = checkAlgorithms(facts, good);
  if (unfit) return [unfit];
  if (bad === 0) return [ok('keys', `can be read (${good.length}).`)];
  return [
    warning(
      'keys',
      `can be read, but ${bad} of ${signing.length} are ignored: private, too short or of an unknown type.`,
      'Sign-in works with the others. Tell the provider if it publishes a private or short key.',
    ),
  ];
}

const DEFAULT_ALGORITHMS: Readonly<Record<string, string>> = { RSA: 'RS256', EC: 'ES256', OKP: 'EdDSA' };

/** A key as a sign-in uses it; undefined if it can't. */
async function readable(candidate: unknown): Promise<JWK | undefined> {
  const [key] = usableKeys([candidate]);
  if (!key) return undefined;
  try {
    const own = key.alg === key.kty ? undefined : key.alg;
    const alg = key.kty === 'EC' && key.crv !== 'P-256' ? `ES${key.crv === 'P-384' ? 384 : 512}` : undefined;
    await importJWK({ ...key, alg: own ?? '' }, own ?? alg ?? DEFAULT_ALGORITHMS[key.kty ?? '']);
    return key;
  } catch {
    return undefined;
  }
}

/** More algorithms than any provider needs to be told of. */
const MOST_SHOWN = 8;

/** OpenID Connect Core §3.1.3.7, 6 to 8: a key must fit the registered algorithm, or one that the metadata lists. */
function checkAlgorithms({ provider, server }: ProviderFacts, keys: readonly JWK[]): Finding | undefined {
  const { id_token_signed_response_alg: registered } = provider.client;
  const algorithms = registered === undefined ? server.id_token_signing_alg_values_supported : [registered];
  // A registered HS256 is a finding of its own.
  if (algorithms === undefined || registered?.startsWith('HS') || !isOpenId(provider.scope)) return undefined;
  if (keys.some((key) => algorithms.some((alg) => mayHaveSigned(key, alg)))) return undefined;
  return findings(provider.id).fault(
    'keys',
    `fit none of the algorithms for ID tokens: ${algorithms.slice(0, MOST_SHOWN).join(', ')}.`,
    'Have the provider sign ID tokens for this client with RS256 or ES256, and set `id_token_signed_response_alg` to that. HS256 is not accepted.',
  );
}
