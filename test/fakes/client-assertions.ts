import { importJWK, type JWK, jwtVerify } from 'jose';
import type { ScriptedProvider } from './scripted-provider.ts';

const LONGEST_SECONDS = 300;

/**
 * Makes the provider take the client by `private_key_jwt` alone (RFC 7523 §3), as FAPI 2.0 Security Profile
 * §5.3.2.1 wants it: `aud` is the issuer, as a string, and each assertion counts once and for minutes at most.
 */
export function requireAssertions(op: ScriptedProvider, publicKey: JWK): void {
  const known = new Set<string>();
  op.knowsClient = async ({ form }) => {
    const key = await importJWK(publicKey, 'ES256');
    const { payload } = await jwtVerify(form.get('client_assertion') ?? '', key, {
      algorithms: ['ES256'],
      issuer: op.clientId,
      subject: op.clientId,
      requiredClaims: ['jti', 'exp', 'iat'],
    });
    const { aud, exp = 0, iat = 0, jti = '' } = payload;
    const isNew = !known.has(jti);
    known.add(jti);
    return (
      isNew && aud === op.issuer && exp - iat <= LONGEST_SECONDS && form.get('client_id') === op.clientId
    );
  };
}
