import type { Preset } from '../preset.ts';

/** Payments, shops and books. */
export const COMMERCE: Readonly<Record<string, Preset>> = {
  // https://developer.amazon.com/docs/login-with-amazon/authorization-code-grant.html
  amazon: {
    display_name: 'Amazon',
    authorization_endpoint: 'https://www.amazon.com/ap/oa',
    token_endpoint: 'https://api.amazon.com/auth/o2/token',
    userinfo_endpoint: 'https://api.amazon.com/user/profile',
    scope: 'profile',
    token_endpoint_auth_method: 'client_secret_post',
    userinfo_claims: { sub: 'user_id', name: 'name', email: 'email' },
    refresh_tokens: 'With every login.',
    console_url: 'https://developer.amazon.com/loginwithamazon/console/site/lwa/overview.html',
    registration: 'Your security profile → Web Settings → Allowed Return URLs',
  },
  // https://docs.stripe.com/connect/oauth-reference
  stripe: {
    display_name: 'Stripe',
    authorization_endpoint: 'https://connect.stripe.com/oauth/authorize',
    token_endpoint: 'https://connect.stripe.com/oauth/token',
    userinfo_endpoint: 'https://api.stripe.com/v1/account',
    scope: 'read_write',
    token_endpoint_auth_method: 'client_secret_post',
    userinfo_claims: { sub: 'id', name: 'business_profile.name', email: 'email' },
    kept_fields: ['stripe_user_id', 'livemode'],
    refresh_tokens: 'With every login; access tokens do not expire.',
    console_url: 'https://dashboard.stripe.com/settings/connect/onboarding-options/oauth',
    registration: 'Settings → Connect → Onboarding options → OAuth → Redirects',
  },
  // https://developer.squareup.com/docs/oauth-api/overview
  square: {
    display_name: 'Square',
    authorization_endpoint: 'https://connect.squareup.com/oauth2/authorize',
    token_endpoint: 'https://connect.squareup.com/oauth2/token',
    userinfo_endpoint: 'https://connect.squareup.com/v2/merchants/me',
    scope: 'MERCHANT_PROFILE_READ',
    token_endpoint_auth_method: 'client_secret_post',
    authorization_params: { session: 'false' },
    userinfo_claims: { sub: 'merchant.id', name: 'merchant.business_name' },
    token_request_format: 'json',
    token_fields: { expires_in: 'expires_at' },
    expires_in_unit: 'date',
    pkce: false,
    refresh_tokens: 'With every login; a refresh brings no new one.',
    console_url: 'https://developer.squareup.com/apps',
    registration: 'Your application → OAuth → Production Redirect URL',
  },
  // https://developer.xero.com/documentation/guides/oauth2/auth-flow/
  xero: {
    display_name: 'Xero',
    issuer: 'https://identity.xero.com',
    scope: 'openid profile email',
    refresh_tokens: 'With the scope `offline_access`; each refresh brings a new one.',
    console_url: 'https://developer.xero.com/app/manage',
    registration: 'My Apps → your app → Configuration → Redirect URIs',
  },
  // https://www.freshbooks.com/api/authentication
  freshbooks: {
    display_name: 'FreshBooks',
    authorization_endpoint: 'https://auth.freshbooks.com/oauth/authorize',
    token_endpoint: 'https://api.freshbooks.com/auth/oauth/token',
    userinfo_endpoint: 'https://api.freshbooks.com/auth/api/v1/users/me',
    scope: 'user:profile:read',
    token_endpoint_auth_method: 'client_secret_post',
    userinfo_claims: {
      sub: 'response.id',
      given_name: 'response.first_name',
      family_name: 'response.last_name',
      email: 'response.email',
    },
    refresh_tokens: 'With every login; each refresh brings a new one.',
    console_url: 'https://my.freshbooks.com/#/developer',
    registration: 'Developer Portal → Create an App → Redirect URIs',
  },
  // https://docs.cdp.coinbase.com/coinbase-app/oauth2-integration/reference; its revocation wants a bearer token
  coinbase: {
    display_name: 'Coinbase',
    authorization_endpoint: 'https://login.coinbase.com/oauth2/auth',
    token_endpoint: 'https://login.coinbase.com/oauth2/token',
    userinfo_endpoint: 'https://api.coinbase.com/v2/user',
    scope: 'wallet:user:read',
    token_endpoint_auth_method: 'client_secret_post',
    userinfo_claims: {
      sub: 'data.id',
      name: 'data.name',
      email: 'data.email',
      picture: 'data.avatar_url',
    },
    refresh_tokens: 'With the scope `offline_access`; each refresh brings a new one.',
    console_url: 'https://portal.cdp.coinbase.com/',
    registration: 'OAuth → Create OAuth client → Redirect URIs',
  },
  // https://gumroad.com/api
  gumroad: {
    display_name: 'Gumroad',
    authorization_endpoint: 'https://gumroad.com/oauth/authorize',
    token_endpoint: 'https://api.gumroad.com/oauth/token',
    userinfo_endpoint: 'https://api.gumroad.com/v2/user',
    scope: 'view_profile',
    token_endpoint_auth_method: 'client_secret_post',
    userinfo_claims: { sub: 'user.user_id', name: 'user.name', email: 'user.email' },
    refresh_tokens: 'With every login.',
    console_url: 'https://gumroad.com/settings/advanced',
    registration: 'Settings → Advanced → Applications → Create application → Redirect URI',
  },
};
