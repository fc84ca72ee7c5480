import { base64url, calculateJwkThumbprint, EmbeddedJWK, type JWK, jwtVerify } from 'jose';
import type { ScriptedProvider, SeenRequest } from './scripted-provider.ts';

const PROOF_SECONDS = 60;

interface Options {
  /** The token and the userinfo endpoint each want a nonce of theirs in the proof (§8, §9). */
  readonly nonces: boolean;
  /** How the userinfo endpoint asks for it. */
  readonly challenge?: string;
}

/**
 * Makes the provider bind its tokens to keys (RFC 9449): the token and the userinfo endpoint refuse whatever has
 * no right proof, by the key that the login was started with.
 */
export function bindTokens(
  op: ScriptedProvider,
  { nonces, challenge = 'DPoP error="use_dpop_nonce"' }: Options,
): void {
  op.tokenType = 'DPoP';
  const known = new Set<string>();
  const check = async (seen: SeenRequest, nonce: string, accessToken?: string) => {
    const { payload, protectedHeader } = await jwtVerify(seen.headers.get('dpop') ?? '', EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256', 'PS256', 'EdDSA'],
      maxTokenAge: PROOF_SECONDS,
      requiredClaims: ['jti', 'htm', 'htu', 'iat'],
    });
    const url = new URL(seen.url);
    const thumbprint = await calculateJwkThumbprint(protectedHeader.jwk as JWK);
    const isRight =
      payload.htm === seen.method &&
      payload.htu === url.origin + url.pathname &&
      payload.ath === (accessToken && (await hashOf(accessToken))) &&
      !known.has(String(payload.jti)) &&
      [...op.pushed.values()].some((asked) => asked.get('dpop_jkt') === thumbprint);
    known.add(String(payload.jti));
    if (!isRight) return 'invalid_dpop_proof';
    return nonces && payload.nonce !== nonce ? 'use_dpop_nonce' : undefined;
  };
  op.answers['/token'] = async (seen) => {
    const error = await check(seen, 'nonce-of-the-server');
    if (error === undefined) return op.token(seen);
    return Response.json({ error }, { status: 400, headers: { 'dpop-nonce': 'nonce-of-the-server' } });
  };
  op.answers['/userinfo'] = async (seen) => {
    const [scheme, accessToken = ''] = (seen.headers.get('authorization') ?? '').split(' ');
    const error = await check(seen, 'nonce-of-the-resource', accessToken);
    if (error === undefined && scheme === 'DPoP') return op.userinfo();
    const headers = { 'dpop-nonce': 'nonce-of-the-resource', 'www-authenticate': challenge };
    return new Response(null, { status: 401, headers });
  };
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text));
  return base64url.encode(new Uint8Array(digest));
}
