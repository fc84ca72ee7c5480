import { expect } from 'vitest';
import { type Row, refused, signedIn } from './case.ts';
import type { Scene } from './scene.ts';

const FAULTY = refused(503, 'config_invalid');
type Members = Record<string, unknown>;

/** A Worker with these settings; a fault names them, and shows no value. */
const set = (env: Members) => ({ env, act: (scene: Scene) => tells(scene, Object.values(env)) });
/** The provider `op` with these. */
const entry = (entry: Members) => ({ entry, act: (scene: Scene) => tells(scene, Object.values(entry)) });

async function tells(scene: Scene, values: readonly unknown[]): Promise<Response> {
  const page = await (await scene.visitor.get('/session')).text();
  for (const value of values)
    if (typeof value === 'string' && value.length > 4) expect(page).not.toContain(value);
  scene.visitor.brought.push(...values.filter((value) => typeof value === 'string'));
  return scene.visitor.getJson('/login');
}

const GOOD = {
  authorization_endpoint: 'https://op.example/authorize',
  token_endpoint: 'https://op.example/token',
};

/** Settings that would open a door. */
// biome-ignore format: one line a case
export const CONFIGURATION: readonly Row[] = [
  ['secret-missing', 'CWE-1188', set({ SESSION_SECRET: undefined }), FAULTY],
  ['secret-empty', 'CWE-1188', set({ SESSION_SECRET: '' }), FAULTY],
  ['secret-short', 'CWE-521', set({ SESSION_SECRET: 'qV3x8ZpL0aTn5RkYw2Jd7Mf' }), FAULTY],
  ['secret-sample', 'CWE-798', set({ SESSION_SECRET: 'change-me-to-a-long-random-secret-please' }), FAULTY],
  ['secret-one-letter', 'CWE-521', set({ SESSION_SECRET: 'z'.repeat(64) }), FAULTY],
  ['secret-counting', 'CWE-521', set({ SESSION_SECRET: '0123456789abcdefghijklmnopqrstuvwxyz' }), FAULTY],
  ['secret-second-short', 'CWE-521', set({ SESSION_SECRET: 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E,short' }), FAULTY],
  ['admin-token-short', 'CWE-521', set({ ADMIN_TOKEN: 'letmein-letmein' }), FAULTY],
  ['admin-token-sample', 'CWE-798', set({ ADMIN_TOKEN: 'your-secret-placeholder-0123456789-xyz' }), FAULTY],
  ['inspect-of-another-word', 'CWE-1188', set({ INSPECT: 'production' }), FAULTY],
  ['public-origin-with-path', 'CWE-20', set({ PUBLIC_ORIGIN: 'https://app.example/base' }), FAULTY],
  ['public-origin-http', 'CWE-319', set({ PUBLIC_ORIGIN: 'http://app.example' }), FAULTY],
  ['public-origin-with-user', 'CWE-20', set({ PUBLIC_ORIGIN: 'https://user@app.example' }), FAULTY],
  ['return-to-origins-wildcard', 'RFC 9700 §4.11', set({ RETURN_TO_ORIGINS: 'https://*.app.example' }), FAULTY],
  ['return-to-origins-star', 'RFC 9700 §4.11', set({ RETURN_TO_ORIGINS: '*' }), FAULTY],
  ['return-to-origins-http', 'CWE-319', set({ RETURN_TO_ORIGINS: 'http://other.example' }), FAULTY],
  ['lifetime-text', 'CWE-613', set({ SESSION_MAX_SECONDS: 'for-ever' }), FAULTY],
  ['lifetime-beyond', 'CWE-613', set({ SESSION_MAX_SECONDS: 99_999_999_999 }), FAULTY],
  ['lifetime-zero', 'CWE-613', set({ SESSION_IDLE_SECONDS: 0 }), FAULTY],
  ['providers-broken-json', 'CWE-20', set({ PROVIDERS: '{"op":{"issuer":"https://op.example"' }), FAULTY],
  ['providers-list', 'CWE-20', set({ PROVIDERS: '[{"issuer":"https://op.example"}]' }), FAULTY],
  ['providers-proto', 'CWE-1321', set({ PROVIDERS: '{"__proto__":{"issuer":"https://op.example","client_id":"x"}}' }), FAULTY],
  ['providers-id-path', 'CWE-22', set({ PROVIDERS: '{"../op":{"issuer":"https://op.example","client_id":"client-x"}}' }), FAULTY],
  ['providers-entry-null', 'CWE-20', set({ PROVIDERS: '{"op":null}' }), FAULTY],
  ['providers-entry-text', 'CWE-20', set({ PROVIDERS: '{"op":"https://op.example"}' }), FAULTY],
  ['tokens-without-keeper', 'CWE-1188', set({ TOKENS: { put() {} } }), FAULTY],
  ['access-without-audience', 'CWE-1188', set({ ACCESS_TEAM_DOMAIN: 'https://team.cloudflareaccess.com' }), FAULTY],
  ['issuer-http', 'CWE-319', entry({ issuer: 'http://op.example' }), FAULTY],
  ['issuer-script', 'CWE-79', entry({ issuer: 'javascript:alert(1)' }), FAULTY],
  ['issuer-with-user', 'CWE-20', entry({ issuer: 'https://user@op.example' }), FAULTY],
  ['token-endpoint-set-http', 'CWE-319', entry({ ...GOOD, token_endpoint: 'http://op.example/token' }), FAULTY],
  ['redirect-uri-http', 'CWE-319', entry({ redirect_uri: 'http://app.example/callback' }), FAULTY],
  ['redirect-uri-shared', 'RFC 9700 §4.4', entry({ redirect_uri: 'https://app.example/callback/two' }), FAULTY],
  ['response-mode-fragment', 'RFC 9700 §4.2', entry({ response_mode: 'fragment' }), FAULTY],
  ['auth-method-unknown', 'CWE-20', entry({ token_endpoint_auth_method: 'trust-me' }), FAULTY],
  ['signing-alg-none', 'RFC 8725 §3.1', entry({ request_object_signing_alg: 'none' }), FAULTY],
  ['id-token-alg-none', 'RFC 8725 §3.1', { entry: { id_token_signed_response_alg: 'none' }, anomalies: ['alg none'] }, refused(400, 'id_token_invalid', 1)],
  ['entry-unknown-key', 'CWE-20', entry({ skip_signature_check: true }), FAULTY],
  ['entry-client-secret-inside', 'CWE-798', entry({ client_secret: 'hunter2-hunter2' }), FAULTY],
  ['client-secret-missing', 'RFC 6749 §2.3', set({ OP_CLIENT_SECRET: undefined }), FAULTY],
  ['params-override-own', 'RFC 9700 §4.7', { entry: { authorization_params: { state: 'known', redirect_uri: 'https://evil.example', code_challenge_method: 'plain' } } }, signedIn()],
];
