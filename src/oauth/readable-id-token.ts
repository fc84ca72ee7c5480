import { base64url } from 'jose';
import type { TokenEndpointResponse } from 'oauth4webapi';
import { hasExactNumbers, isTooDeep } from '../exact-json.ts';
import { isOpenId, type Provider } from '../providers/provider.ts';
import { isShallowText } from './claims.ts';
import { TokenAnswer } from './provider-answer.ts';

const decoder = new TextDecoder();

type Claims = Readonly<Record<string, unknown>>;

/** A token response whose ID token the library can read. */
export interface Readable {
  readonly answer: Response;
  /** True if the claims of its ID token are known to be usable as they are: `isPlain`. */
  readonly isPlain: boolean;
}

/**
 * A token response whose ID token the library can read: see `readableIdToken`. The ID token of a provider that was not
 * asked for one, and that has no keys to check it with, is left out: nothing in it is believed.
 */
export function readableAnswer(provider: Provider, answer: Response, scope: string): Readable {
  if (!(answer instanceof TokenAnswer)) return { answer, isPlain: false };
  const { id_token } = answer.members;
  const isCheckable = provider.issuer !== undefined || provider.metadata.jwks_uri !== undefined;
  if (!isCheckable && !isOpenId(scope)) return { answer: answer.withIdToken(undefined), isPlain: false };
  if (typeof id_token !== 'string') return { answer, isPlain: false };
  const payload = payloadOf(id_token);
  if (payload !== undefined && isPlain(payload)) return { answer, isPlain: true };
  const readable = readableIdToken(provider, id_token);
  return { answer: readable === id_token ? answer : answer.withIdToken(readable), isPlain: false };
}

/** A token response that the library has validated, with its ID token as it came in `answer`. */
export function asReceived(validated: TokenEndpointResponse, answer: Response): TokenEndpointResponse {
  const { id_token } = answer instanceof TokenAnswer ? answer.members : validated;
  if (validated.id_token === undefined || validated.id_token === id_token) return validated;
  return { ...validated, id_token: String(id_token) };
}

/**
 * The ID token in the form that the library's checks accept. Its signature no longer fits, and is checked against the
 * token as it came. Nothing that is checked gets weaker: claims are only left out, and a missing one fails each check
 * that needs it.
 * - A null claim is one that was not sent (OpenID Connect Core §5.3.2).
 * - An `auth_time` that is not a number says nothing.
 * - Without `azp`, which is only recommended (§3.1.3.7, 4), other audiences must all be listed in `trusted_audiences`.
 */
export function readableIdToken(provider: Provider, jwt: string): string {
  const payload = payloadOf(jwt);
  const claims = payload === undefined ? undefined : claimsIn(payload);
  if (claims === undefined) return jwt;
  const readable = readableClaims(provider, claims);
  if (readable === claims) return jwt;
  const [header, , signature] = jwt.split('.');
  return [header, base64url.encode(JSON.stringify(readable)), signature].join('.');
}

/** Pure: the claims without those that were not sent. */
export function sentClaims<Sent extends Claims>(claims: Sent): Sent {
  let sent: Record<string, unknown> | undefined;
  for (const name of Object.keys(claims)) {
    const value = claims[name];
    if (value !== null && (name !== 'auth_time' || typeof value === 'number')) continue;
    sent ??= { ...claims };
    delete sent[name];
  }
  return (sent ?? claims) as Sent;
}

function readableClaims(provider: Provider, claims: Claims): Claims {
  const sent = sentClaims(claims);
  const { client_id } = provider.client;
  const isOnlyOurs = sent.azp === undefined && isForTrustedOnly(provider, sent.aud);
  return isOnlyOurs ? { ...sent, aud: client_id } : sent;
}

/** True if a token is for this client and otherwise only for audiences that the settings name. */
function isForTrustedOnly({ client, trusted_audiences: trusted }: Provider, aud: unknown): boolean {
  if (!Array.isArray(aud) || aud.length < 2 || !aud.includes(client.client_id)) return false;
  return aud.every((each) => each === client.client_id || trusted.includes(each));
}

/** The payload of a compact JWS as text, which need not be JSON. Undefined if the JWT has another form. */
function payloadOf(jwt: string): string | undefined {
  const [, payload, signature, further] = jwt.split('.', 4);
  if (payload === undefined || signature === undefined || further !== undefined) return undefined;
  try {
    return decoder.decode(base64url.decode(payload));
  } catch {
    return undefined;
  }
}

/** What has to be in the JSON of a token that needs another form. Nearly none does, and the library parses it anyway. */
const MAY_NEED_ANOTHER_FORM = /\bnull\b|"auth_time"\s*:\s*[^\d\s]|"aud"\s*:\s*\[/;

/**
 * True for claims that none of the checks of their form would change or refuse: nothing to leave out, no number that
 * loses digits, few levels and members. That is nearly every ID token, and its text tells faster than its claims.
 */
function isPlain(payload: string): boolean {
  return isShallowText(payload) && hasExactNumbers(payload) && !MAY_NEED_ANOTHER_FORM.test(payload);
}

/** The claims, if they may need another form. */
function claimsIn(payload: string): Claims | undefined {
  if (!MAY_NEED_ANOTHER_FORM.test(payload) || isTooDeep(payload)) return undefined;
  try {
    const claims: unknown = JSON.parse(payload);
    const isObject = typeof claims === 'object' && claims !== null && !Array.isArray(claims);
    return isObject ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}
