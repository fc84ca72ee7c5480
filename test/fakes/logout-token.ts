import { SignJWT } from 'jose';
import type { ScriptedProvider } from './scripted-provider.ts';

export const LOGOUT_EVENT = 'http://schemas.openid.net/event/backchannel-logout';

type Members = Record<string, unknown>;

/** A logout token of the provider (OpenID Connect Back-Channel Logout §2.4), right but for what is given; of nobody yet. */
export async function logoutToken(
  op: ScriptedProvider,
  claims: Members,
  header: Members = {},
): Promise<string> {
  const now = Math.floor(Date.now() / 1000);
  const right = {
    iss: op.issuer,
    aud: op.clientId,
    iat: now,
    exp: now + 120,
    jti: crypto.randomUUID(),
    events: { [LOGOUT_EVENT]: {} },
  };
  return new SignJWT({ ...right, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'key-1', typ: 'logout+jwt', ...header })
    .sign(op.signing.key);
}
