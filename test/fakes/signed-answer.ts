import { SignJWT } from 'jose';
import type { ScriptedProvider } from './scripted-provider.ts';

type Members = Record<string, unknown>;

/** An authorization response as a signed JWT (JARM §2.1); `change` changes its claims. */
export async function signedAnswer(
  op: ScriptedProvider,
  parameters: URLSearchParams,
  change: (right: Members) => Members = (right) => right,
): Promise<URLSearchParams> {
  const claims = change({
    ...Object.fromEntries(parameters),
    iss: op.issuer,
    aud: op.clientId,
    exp: Math.floor(Date.now() / 1000) + 60,
  });
  const response = await new SignJWT(claims)
    .setProtectedHeader(op.idTokenHeader({ alg: 'ES256', kid: 'key-1' }))
    .sign(op.signing.key);
  return new URLSearchParams({ response });
}
