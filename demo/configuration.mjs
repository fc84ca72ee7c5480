import { exportJWK, generateKeyPair } from 'jose';
import { createMemoryAdapter } from 'oidc-provider/lib/adapters/memory_adapter.js';
import { errorPage, loggedOutPage, logoutPage } from './pages.mjs';

const ACCESS_TOKEN_SECONDS = 5 * 60;

const names = new Map();

/** Anyone may sign in under any name: the account id is made from it. */
export function accountIdOf(name) {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
  const accountId = slug || `user-${Buffer.from(name).toString('hex').slice(0, 16)}`;
  names.set(accountId, name);
  return accountId;
}

export function nameOf(accountId) {
  return names.get(accountId) ?? accountId;
}

function accountOf(accountId) {
  return {
    accountId,
    claims: () => ({
      sub: accountId,
      name: nameOf(accountId),
      preferred_username: accountId,
      email: `${accountId}@demo.example`,
      email_verified: true,
    }),
  };
}

/** Signing keys that live as long as the process. */
async function signingKeys() {
  const algorithms = ['RS256', 'ES256', 'EdDSA'];
  const keys = algorithms.map(async (alg) => {
    const { privateKey } = await generateKeyPair(alg, { extractable: true });
    return { ...(await exportJWK(privateKey)), alg, use: 'sig', kid: alg.toLowerCase() };
  });
  return { keys: await Promise.all(keys) };
}

/**
 * The configuration of the demo provider: every feature that Drawbridge's users may want to try. Without
 * `resource` an access token is opaque and opens the userinfo endpoint; with one it is a JWT for that resource.
 *
 * @param {{ clients: object[], requireDPoPNonce?: boolean }} options
 */
export async function configuration({ clients }) {
  return {
    adapter: createMemoryAdapter(0),
    clients,
    jwks: await signingKeys(),
    cookies: { keys: [crypto.randomUUID()] },
    findAccount: (_ctx, accountId) => accountOf(accountId),
    claims: {
      openid: ['sub'],
      profile: ['name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    rotateRefreshToken: () => true,
    ttl: {
      AccessToken: ACCESS_TOKEN_SECONDS,
      IdToken: 3600,
      RefreshToken: 14 * 86_400,
      Interaction: 3600,
      Session: 86_400,
      Grant: 86_400,
    },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    renderError: (ctx, out) => {
      ctx.type = 'html';
      ctx.body = errorPage(out);
    },
    // Its own guard against requests to private addresses would stop everything on this machine.
    fetch: (url, { dispatcher: _, ...init }) => fetch(url, init),
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      dPoP: { enabled: true },
      introspection: { enabled: true },
      jwtResponseModes: { enabled: true },
      requestObjects: { enabled: true },
      revocation: { enabled: true },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => {
          ctx.body = logoutPage(form);
        },
        postLogoutSuccessSource: (ctx) => {
          ctx.body = loggedOutPage();
        },
      },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => undefined,
        useGrantedResource: () => false,
        getResourceServerInfo: (_ctx, resource) => ({
          audience: resource,
          scope: 'read write',
          accessTokenFormat: 'jwt',
          accessTokenTTL: ACCESS_TOKEN_SECONDS,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}
