import { CodeChallengeMethod, decodeIdToken, OAuth2Client } from 'arctic';
import { SCOPE } from './scope.js';

/** arctic knows no nonce and checks no ID token: its claims are read and believed. */
const arcticOf = ({ CLIENT_ID, CLIENT_SECRET }, redirectUri) =>
  new OAuth2Client(CLIENT_ID, CLIENT_SECRET, redirectUri);

export const steps = {
  async authorizationUrl(env, redirectUri, { state, nonce, verifier }) {
    const url = arcticOf(env, redirectUri).createAuthorizationURLWithPKCE(
      `${env.ISSUER}/authorize`,
      state,
      CodeChallengeMethod.S256,
      verifier,
      SCOPE.split(' '),
    );
    url.searchParams.set('nonce', nonce);
    return url.href;
  },
  async exchange(env, url, { state, verifier }) {
    if (url.searchParams.get('state') !== state) throw new Error('state');
    const tokens = await arcticOf(env, `${url.origin}/callback`).validateAuthorizationCode(
      `${env.ISSUER}/token`,
      url.searchParams.get('code'),
      verifier,
    );
    return { answer: tokens.data, claims: decodeIdToken(tokens.idToken()) };
  },
};
