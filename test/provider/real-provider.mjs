import { startProvider } from '../../demo/provider.mjs';

const SECRET = 'a-client-secret-of-these-tests-alone';
const BASE = {
  redirect_uris: ['https://app.example/callback', 'https://app.example/callback/real'],
  post_logout_redirect_uris: ['https://app.example/'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

/** The clients that the tests sign in with, one a way of client authentication. */
const CLIENTS = [
  { ...BASE, client_id: 'basic', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_basic' },
  { ...BASE, client_id: 'post', client_secret: SECRET, token_endpoint_auth_method: 'client_secret_post' },
  { ...BASE, client_id: 'public', token_endpoint_auth_method: 'none' },
];

/** Starts oidc-provider for the whole run; tests find it with `inject('issuer')`. */
export default async function setup({ provide }) {
  const { issuer, close } = await startProvider({ port: 0, clients: CLIENTS });
  provide('issuer', issuer);
  provide('clientSecret', SECRET);
  return close;
}
