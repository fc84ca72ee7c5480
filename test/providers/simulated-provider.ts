import {
  base64url,
  decodeProtectedHeader,
  exportJWK,
  generateKeyPair,
  importJWK,
  type JWK,
  jwtVerify,
  SignJWT,
} from 'jose';
import { vi } from 'vitest';
import { s256, signingKey } from '../fakes/scripted-provider.ts';
import { type Behaviour, CLIENT_ID, INVALID_GRANT, type Refusal, rfcAnswer } from './behaviour.ts';

type Form = Readonly<Record<string, string>>;

/** The client as it is registered there. Characters as real ids and secrets have them. */
export const CLIENT = { id: CLIENT_ID, secret: 'gko_LXELoV07-ZBNUXrWZfzE3aI' };

const KEY = signingKey('simulated');

/**
 * A provider that behaves as its row of the table says. It takes the place of `fetch`. A request that the
 * provider would refuse is refused, and stands in `faults` with the reason.
 */
export class SimulatedProvider {
  readonly faults: string[] = [];
  readonly revoked: string[] = [];
  readonly refreshed: string[] = [];
  /** The code, or the refresh token, that comes next is refused. */
  refuses = false;
  readonly #is: Behaviour;
  readonly #clientKey: JWK | undefined;
  #authorized = new URLSearchParams();
  #challenge: string | null = null;
  #code = '';
  #refresh = '';
  #access = '';
  #count = 0;

  constructor(is: Behaviour, clientKey?: JWK) {
    this.#is = is;
    this.#clientKey = clientKey;
    vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) =>
      this.#answer(new Request(input, init)),
    );
  }

  /** The authorization endpoint: what the browser is sent back with. */
  authorize(url: URL): URLSearchParams {
    const { params, searchParams } = { params: this.#is.params ?? {}, searchParams: url.searchParams };
    const is = this.#is;
    this.#expect(bare(url.href), is.authorize, 'authorization endpoint');
    this.#expect(searchParams.get('response_type'), 'code', 'response_type');
    this.#expect(searchParams.get(is.clientIdName ?? 'client_id'), CLIENT.id, 'client id');
    this.#expect(searchParams.get('redirect_uri'), 'https://app.example/callback', 'redirect_uri');
    if ((searchParams.get('state') ?? '').length < 22) this.#fault('no state');
    for (const [name, value] of Object.entries(params)) this.#expect(searchParams.get(name), value, name);
    if (is.callback?.by === 'POST') this.#expect(searchParams.get('response_mode'), 'form_post', 'mode');
    if (is.openid?.nonce === false && searchParams.has('nonce')) this.#fault('nonce is not known here');
    if (is.scopes) {
      const expected = is.scopes.join(is.separator ?? ' ');
      this.#expect(searchParams.get(is.scopeName ?? 'scope'), expected, 'scope');
    }
    this.#challenge = searchParams.get('code_challenge');
    if (is.pkce === 'needed' && this.#challenge === null) this.#fault('PKCE is needed');
    if (is.pkce === 'refused' && this.#challenge !== null) this.#fault('PKCE is refused');
    this.#authorized = searchParams;
    this.#code = `code-${++this.#count}`;
    const back = { code: this.#code, state: searchParams.get('state') ?? '', ...is.callback?.params };
    return new URLSearchParams(back);
  }

  async #answer(request: Request): Promise<Response> {
    const url = bare(request.url);
    const is = this.#is;
    for (const [name, pattern] of Object.entries(is.headers ?? {})) {
      if (!pattern.test(request.headers.get(name) ?? '')) this.#fault(`no header ${name}: ${url}`);
    }
    if (request.method === 'POST' && (url === is.token || url === is.refreshAt)) {
      return this.#tokenEndpoint(request, url);
    }
    if (request.method === 'POST' && url === is.revoke) return this.#revocation(request);
    if (url === is.discovery) return Response.json(this.#metadata());
    if (url === is.openid?.keys) return Response.json({ keys: [(await KEY).jwk] });
    if (url === is.emails?.at) return Response.json(is.emails.body);
    if (url === is.user?.at && request.method === (is.user.method ?? 'GET')) return this.#user(request);
    this.#fault(`${request.method} ${request.url} is no address of this provider`);
    return new Response('Not found', { status: 404 });
  }

  async #tokenEndpoint(request: Request, url: string): Promise<Response> {
    const is = this.#is;
    const form = await this.#form(request, is.tokenBody ?? 'form');
    await this.#authenticate(request, form);
    const isRefresh = form.grant_type === 'refresh_token';
    this.#expect(url, isRefresh ? (is.refreshAt ?? is.token) : is.token, 'token endpoint');
    const refusal = isRefresh ? is.refuseRefresh : is.refuseCode;
    if (this.refuses) return refused(refusal ?? INVALID_GRANT);
    if (isRefresh) this.#expect(form.refresh_token, this.#refresh, 'refresh token');
    else await this.#checkCode(form);
    const expected = (isRefresh ? is.refreshParams : is.tokenParams) ?? {};
    for (const [name, value] of Object.entries(expected)) this.#expect(form[name], value, name);
    if (isRefresh) this.refreshed.push(form.refresh_token ?? '');
    const body = await this.#issue(isRefresh);
    const asForm = is.formUnlessAsked && !/json/.test(request.headers.get('accept') ?? '');
    return asForm ? new Response(new URLSearchParams(body as Form)) : Response.json(body);
  }

  async #checkCode(form: Form): Promise<void> {
    this.#expect(form.grant_type, 'authorization_code', 'grant_type');
    this.#expect(form.code, this.#code, 'code');
    this.#expect(form.redirect_uri, this.#authorized.get('redirect_uri'), 'redirect_uri');
    if (this.#is.pkce === 'ignored') return;
    if (this.#is.pkce === 'refused') return this.#expect(form.code_verifier, undefined, 'code_verifier');
    const challenge = form.code_verifier === undefined ? null : await s256(form.code_verifier);
    this.#expect(challenge, this.#challenge, 'PKCE');
  }

  /** New tokens in the provider's own form. */
  async #issue(isRefresh: boolean): Promise<unknown> {
    const is = this.#is;
    this.#access = `access-${++this.#count}`;
    const asked = this.#scopes();
    const gives =
      is.refreshTokens !== 'none' && (is.refreshScope === undefined || asked.includes(is.refreshScope));
    const brings = gives && (!isRefresh || is.refreshTokens === 'rotated');
    if (brings) this.#refresh = `refresh-${this.#count}`;
    const openid = is.openid !== undefined && asked.includes('openid');
    const issued = {
      access: this.#access,
      refresh: brings ? this.#refresh : undefined,
      scope: asked,
      id_token: openid && !isRefresh ? await this.#idToken() : undefined,
    };
    return ((isRefresh && is.refreshAnswer) || is.answer || rfcAnswer)(issued);
  }

  #scopes(): readonly string[] {
    const asked = this.#authorized.get(this.#is.scopeName ?? 'scope') ?? '';
    return asked.split(this.#is.separator ?? ' ').filter((name) => name !== '');
  }

  async #idToken(): Promise<string> {
    const nonce = this.#authorized.get('nonce');
    const { iss, claims } = this.#is.openid ?? { iss: '' };
    return new SignJWT({ ...(nonce !== null && { nonce }), ...claims })
      .setProtectedHeader({ alg: 'ES256', kid: 'simulated' })
      .setIssuer(iss)
      .setSubject('user-1')
      .setAudience([...(this.#is.openid?.audience ?? [CLIENT.id])])
      .setIssuedAt()
      .setExpirationTime('5m')
      .sign((await KEY).key);
  }

  #user(request: Request): Response {
    this.#expect(request.headers.get('authorization'), `Bearer ${this.#access}`, 'authorization');
    return Response.json(this.#is.user?.body);
  }

  async #revocation(request: Request): Promise<Response> {
    const form = await this.#form(request, 'form');
    await this.#authenticate(request, form);
    const token = form.token ?? '';
    const known = token === this.#refresh || token === this.#access;
    if (!known) this.#fault('revocation of an unknown token');
    const again = this.#is.revokedTwice;
    if (again && this.revoked.length > 0) return refused(again);
    this.revoked.push(token);
    return new Response(null, { status: this.#is.revokeStatus ?? 200 });
  }

  async #form(request: Request, format: 'form' | 'json'): Promise<Form> {
    const type = request.headers.get('content-type') ?? '';
    this.#expect(/json/.test(type) ? 'json' : 'form', format, 'content-type');
    const text = await request.text();
    return format === 'json' && text.startsWith('{')
      ? (JSON.parse(text) as Form)
      : Object.fromEntries(new URLSearchParams(text));
  }

  /** Exactly one way of authentication, and one that the provider takes (RFC 6749 §2.3). */
  async #authenticate(request: Request, form: Form): Promise<void> {
    const header = request.headers.get('authorization');
    const secret = form.client_secret;
    if (header !== null && secret !== undefined) this.#fault('authenticates twice');
    const how = header !== null ? 'basic' : secret === undefined ? 'none' : await this.#kindOf(secret);
    if (!this.#is.client.includes(how)) this.#fault(`client authentication ${how} is not taken`);
    // Many a provider compares what it finds there as it is.
    if (how === 'basic') this.#expect(header, `Basic ${btoa(`${CLIENT.id}:${CLIENT.secret}`)}`, 'Basic');
    else this.#expect(form[this.#is.clientIdName ?? 'client_id'], CLIENT.id, 'client id');
    if (how === 'post') this.#expect(secret, CLIENT.secret, 'client secret');
  }

  /** Apple: a JWT by the team, for this client, for Apple alone, signed with the registered key. */
  async #kindOf(secret: string): Promise<'post' | 'signed'> {
    if (!this.#clientKey) return 'post';
    const options = { audience: 'https://appleid.apple.com', subject: CLIENT.id, issuer: 'TEAM123456' };
    await jwtVerify(secret, await importJWK(this.#clientKey, 'ES256'), options);
    this.#expect(decodeProtectedHeader(secret).kid, this.#clientKey.kid, 'kid of the client secret');
    return 'signed';
  }

  #metadata() {
    const { authorize, token, revoke, openid, user } = this.#is;
    return {
      issuer: openid?.iss,
      authorization_endpoint: authorize,
      token_endpoint: token,
      jwks_uri: openid?.keys,
      ...(revoke && { revocation_endpoint: revoke }),
      ...(user && { userinfo_endpoint: user.at }),
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
    };
  }

  #expect(found: unknown, expected: unknown, what: string): void {
    if (found !== expected) this.#fault(`${what}: ${String(found)}, not ${String(expected)}`);
  }

  #fault(what: string): void {
    this.faults.push(what);
  }
}

/** The URL without its query. */
function bare(url: string): string {
  const { origin, pathname } = new URL(url);
  return origin + pathname;
}

function refused([status, body]: Refusal): Response {
  return Response.json(body, { status });
}

/** A key that signs client secrets: its private half for the Worker, the public one for the provider. */
export async function clientKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  const kid = base64url.encode(crypto.getRandomValues(new Uint8Array(6)));
  const named = async (key: CryptoKey) => ({ ...(await exportJWK(key)), alg: 'ES256', kid });
  return { private: await named(privateKey), public: await named(publicKey) };
}
