import * as oidc from 'openid-client';
import { SCOPE } from './scope.js';

/** openid-client for all that is OpenID Connect, the ID token's signature checked. */
let configuration;

async function configurationOf({ ISSUER, CLIENT_ID, CLIENT_SECRET }) {
  configuration ??= await oidc.discovery(
    new URL(ISSUER),
    CLIENT_ID,
    undefined,
    oidc.ClientSecretBasic(CLIENT_SECRET),
    { execute: [oidc.allowInsecureRequests, oidc.enableNonRepudiationChecks] },
  );
  return configuration;
}

export const steps = {
  async authorizationUrl(env, redirectUri, { state, nonce, verifier }) {
    const parameters = {
      redirect_uri: redirectUri,
      scope: SCOPE,
      state,
      nonce,
      code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    };
    return oidc.buildAuthorizationUrl(await configurationOf(env), parameters).href;
  },
  async exchange(env, url, { state, nonce, verifier }) {
    const answer = await oidc.authorizationCodeGrant(await configurationOf(env), url, {
      pkceCodeVerifier: verifier,
      expectedState: state,
      expectedNonce: nonce,
      idTokenExpected: true,
    });
    return { answer, claims: answer.claims() };
  },
};
