import type { Provider } from '../provider.ts';

/** The lifetime of a signed client secret, in seconds. */
const SECRET_SECONDS = 300;

/**
 * `signed_client_secret`, `team_id`: Apple's client secret is a JWT that the developer's team signs with its own key.
 * Returns its claims for `issuer`. `now` in seconds. Undefined for every other provider.
 */
export function signedSecretClaims(provider: Provider, issuer: string, now: number) {
  if (provider.signed_client_secret !== 'apple') return undefined;
  return {
    iss: provider.team_id ?? '',
    sub: provider.client.client_id,
    aud: issuer,
    iat: now,
    exp: now + SECRET_SECONDS,
  };
}
