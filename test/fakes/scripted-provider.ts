import { base64url, decodeJwt, exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { vi } from 'vitest';

type Members = Record<string, unknown>;
type Answer = Response | Promise<Response>;

/** What the provider was asked for. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly path: string;
  readonly headers: Headers;
  readonly form: URLSearchParams;
  readonly text: string;
  /** Fires when the client no longer waits. */
  readonly signal: AbortSignal;
}

/** An authorization request that the provider has accepted, waiting for its code to be exchanged. */
interface Pending {
  readonly params: URLSearchParams;
}

const SIGNING = { alg: 'ES256', kid: 'key-1' } as const;

/**
 * A provider that says exactly what a test wants: right by default, wrong where the test changes one thing.
 * It takes the place of `fetch`; a request that it does not know fails the test.
 */
export class ScriptedProvider {
  readonly issuer: string;
  readonly clientId = 'client-1';
  readonly clientSecret = 'secret of client 1';
  /** Every request in its order. */
  readonly requests: SeenRequest[] = [];
  /** Requests to addresses that are not this provider's. */
  readonly unexpected: string[] = [];
  signing: { key: CryptoKey; jwk: Members };
  sub = 'user-1';
  tokenType = 'Bearer';
  /** Requests that were pushed (RFC 9126), by their `request_uri`. */
  readonly pushed = new Map<string, URLSearchParams>();

  /** Each changes one thing that the provider says. */
  authorizationResponse = (right: URLSearchParams): URLSearchParams => right;
  metadata = (right: Members): Members => right;
  keys = (right: Members[]): Members[] => right;
  idTokenClaims = (right: Members): Members => right;
  idTokenHeader = (right: JWTHeaderParameters): JWTHeaderParameters => right;
  idToken = (right: string): string | Promise<string> => right;
  tokenResponse = (right: Members): Members => right;
  userinfoResponse = (right: Members): Members => right;
  /** Takes the place of the check of the client's secret. */
  knowsClient = (seen: SeenRequest): boolean | Promise<boolean> => this.#knowsSecret(seen);
  /** Each takes the place of a whole answer. */
  readonly answers: Record<string, ((request: SeenRequest) => Answer) | undefined> = {};

  readonly #pending = new Map<string, Pending>();
  readonly #refreshTokens = new Set<string>();

  private constructor(issuer: string, signing: { key: CryptoKey; jwk: Members }) {
    this.issuer = issuer;
    this.signing = signing;
  }

  static async start(issuer = 'https://op.example'): Promise<ScriptedProvider> {
    const provider = new ScriptedProvider(issuer, await signingKey(SIGNING.kid));
    const others = globalThis.fetch as typeof fetch & { providers?: ScriptedProvider[] };
    const providers = [...(others.providers ?? []), provider];
    vi.stubGlobal(
      'fetch',
      Object.assign(
        (input: RequestInfo, init?: RequestInit) => dispatch(providers, new Request(input, init)),
        {
          providers,
        },
      ),
    );
    return provider;
  }

  /** Holds back what `answers` says at a path, after it was made, until the gate is resolved. */
  hold(path: string): PromiseWithResolvers<void> {
    const gate = Promise.withResolvers<void>();
    const answer = this.answers[path];
    if (!answer) throw new Error(`nothing answers at ${path}`);
    this.answers[path] = async (seen) => {
      const response = await answer(seen);
      await gate.promise;
      return response;
    };
    return gate;
  }

  /** The settings that make it a provider of the Worker; the secret goes beside them. */
  entry(own: Members = {}): Members {
    return { issuer: this.issuer, client_id: this.clientId, scope: 'openid', ...own };
  }

  /** How often each address was asked, in their order: `['/token', '/jwks']`. */
  get paths(): string[] {
    return this.requests.map(({ path }) => path);
  }

  /** The parameters of an authorization request, also of a pushed or a signed one. */
  requested({ searchParams }: URL): URLSearchParams {
    return this.pushed.get(searchParams.get('request_uri') ?? '') ?? signedOnes(searchParams);
  }

  /** What the provider sends the browser back with: the parameters of the callback. */
  authorize(authorizationUrl: URL): URLSearchParams {
    const params = this.requested(authorizationUrl);
    const code = random();
    this.#pending.set(code, { params });
    const right = new URLSearchParams({ code, state: params.get('state') ?? '', iss: this.issuer });
    return this.authorizationResponse(right);
  }

  /** The path on which the browser comes back. */
  callback(authorizationUrl: URL, change = (right: URLSearchParams) => right): string {
    const redirect = new URL(this.requested(authorizationUrl).get('redirect_uri') ?? '');
    return `${redirect.pathname}?${change(this.authorize(authorizationUrl))}`;
  }

  owns(url: URL): boolean {
    return url.origin === new URL(this.issuer).origin;
  }

  async answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = new TextDecoder().decode(await request.arrayBuffer());
    const seen = {
      method: request.method,
      url: request.url,
      path: url.pathname,
      headers: request.headers,
      form: new URLSearchParams(text),
      text,
      signal: request.signal,
    };
    this.requests.push(seen);
    const scripted = this.answers[url.pathname];
    if (scripted) return scripted(seen);
    switch (url.pathname) {
      case '/.well-known/openid-configuration':
        return Response.json(this.metadata(this.#rightMetadata()));
      case '/jwks':
        return Response.json({ keys: this.keys([this.signing.jwk]) });
      case '/token':
        return this.token(seen);
      case '/par':
        return this.push(seen);
      case '/userinfo':
        return this.userinfo();
      case '/revoke':
        this.#refreshTokens.delete(seen.form.get('token') ?? '');
        return new Response(null, { status: 200 });
      default:
        return new Response('not here', { status: 404 });
    }
  }

  /** The token endpoint as it should be: client, code, redirect URI and verifier are checked. */
  async token(seen: SeenRequest): Promise<Response> {
    if (!(await this.knowsClient(seen))) return refusal(401, 'invalid_client');
    if (seen.form.get('grant_type') === 'refresh_token') return this.#refresh(seen.form);
    const code = seen.form.get('code') ?? '';
    const pending = this.#pending.get(code);
    this.#pending.delete(code);
    if (!pending) return refusal(400, 'invalid_grant');
    const { params } = pending;
    if (seen.form.get('redirect_uri') !== params.get('redirect_uri')) return refusal(400, 'invalid_grant');
    const challenge = params.get('code_challenge');
    if (challenge !== null && (await s256(seen.form.get('code_verifier') ?? '')) !== challenge) {
      return refusal(400, 'invalid_grant');
    }
    return Response.json(this.tokenResponse(await this.#rightTokens(params)));
  }

  async push(seen: SeenRequest): Promise<Response> {
    if (!(await this.knowsClient(seen))) return refusal(401, 'invalid_client');
    const request_uri = `urn:ietf:params:oauth:request_uri:${random()}`;
    this.pushed.set(request_uri, signedOnes(seen.form));
    return Response.json({ request_uri, expires_in: 60 }, { status: 201 });
  }

  userinfo(): Response {
    return Response.json(this.userinfoResponse({ sub: this.sub, name: 'Ada' }));
  }

  /** Signs an ID token for a login; `nonce` and `audience` as the request had them. */
  async signIdToken(nonce: string | null): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const claims = this.idTokenClaims({
      iss: this.issuer,
      sub: this.sub,
      aud: this.clientId,
      iat: now,
      exp: now + 300,
      ...(nonce !== null && { nonce }),
    });
    const token = await new SignJWT(claims)
      .setProtectedHeader(this.idTokenHeader({ ...SIGNING }))
      .sign(this.signing.key, { crit: { 'urn:example:odd': true } });
    return this.idToken(token);
  }

  /** Signs with a new key from now on, and publishes that one alone. */
  async rotateKeys(kid: string): Promise<void> {
    this.signing = await signingKey(kid);
    this.idTokenHeader = (right) => ({ ...right, kid });
  }

  #knowsSecret({ headers, form }: SeenRequest): boolean {
    const basic = headers.get('authorization');
    if (basic === null) {
      const secret = form.get('client_secret');
      return form.get('client_id') === this.clientId && (secret === null || secret === this.clientSecret);
    }
    const [id, secret] = atob(basic.replace('Basic ', '')).split(':').map(formDecode);
    return id === this.clientId && secret === this.clientSecret;
  }

  async #refresh(form: URLSearchParams): Promise<Response> {
    const old = form.get('refresh_token') ?? '';
    if (!this.#refreshTokens.delete(old)) return refusal(400, 'invalid_grant');
    const { id_token: _, ...tokens } = await this.#rightTokens(new URLSearchParams());
    return Response.json(this.tokenResponse(tokens));
  }

  async #rightTokens(params: URLSearchParams): Promise<Members> {
    const openid = (params.get('scope') ?? '').split(' ').includes('openid');
    const refreshToken = `refresh-${random()}`;
    this.#refreshTokens.add(refreshToken);
    return {
      access_token: `access-${random()}`,
      token_type: this.tokenType,
      expires_in: 300,
      refresh_token: refreshToken,
      ...(params.has('scope') && { scope: params.get('scope') }),
      ...(openid && { id_token: await this.signIdToken(params.get('nonce')) }),
    };
  }

  #rightMetadata(): Members {
    const at = (path: string) => this.issuer + path;
    return {
      issuer: this.issuer,
      authorization_endpoint: at('/authorize'),
      token_endpoint: at('/token'),
      jwks_uri: at('/jwks'),
      userinfo_endpoint: at('/userinfo'),
      revocation_endpoint: at('/revoke'),
      pushed_authorization_request_endpoint: at('/par'),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      authorization_response_iss_parameter_supported: true,
    };
  }
}

async function dispatch(providers: readonly ScriptedProvider[], request: Request): Promise<Response> {
  const url = new URL(request.url);
  const provider = providers.findLast((candidate) => candidate.owns(url));
  if (provider) {
    const response = await provider.answer(request);
    const location = response.status >= 300 && response.status < 400 && response.headers.get('location');
    if (!location || request.redirect !== 'follow') return response;
    return dispatch(providers, new Request(new URL(location, url)));
  }
  for (const each of providers) each.unexpected.push(request.url);
  throw new TypeError(`unexpected request to ${request.url}`);
}

/** A new key pair to sign with, its public half as the provider would publish it. */
export async function signingKey(kid: string, alg = 'ES256') {
  const { privateKey, publicKey } = await generateKeyPair(alg, { extractable: true });
  return { key: privateKey, jwk: { ...(await exportJWK(publicKey)), alg, use: 'sig', kid } };
}

/** What a signed request says (RFC 9101 §6.3); nothing beside it counts. */
function signedOnes(params: URLSearchParams): URLSearchParams {
  const request = params.get('request');
  if (request === null) return params;
  return new URLSearchParams(
    Object.entries(decodeJwt(request)).map(([name, value]) => [name, String(value)]),
  );
}

function refusal(status: number, error: string): Response {
  return Response.json({ error }, { status });
}

function random(): string {
  return base64url.encode(crypto.getRandomValues(new Uint8Array(16)));
}

export async function s256(verifier: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier));
  return base64url.encode(new Uint8Array(digest));
}

function formDecode(text: string): string {
  return new URLSearchParams(`v=${text}`).get('v') ?? '';
}
