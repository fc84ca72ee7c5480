import { expect } from 'vitest';

/** How the browser is sent back to the client: to a URL, or with a form to post there (`form_post`). */
export interface Return {
  readonly url: URL;
  readonly form?: URLSearchParams;
}

/**
 * The user at the demo provider's pages: follows redirects, signs in under `name` and allows what is asked for
 * (or denies it).
 */
export class ProviderUser {
  readonly #cookies = new Map<string, string>();

  /** Returns the URL that leads back to the client. */
  async authorize(authorizationUrl: URL, options: { name?: string; deny?: boolean } = {}): Promise<URL> {
    return (await this.visit(authorizationUrl, options)).url;
  }

  async visit(authorizationUrl: URL, { name = 'Ada', deny = false } = {}): Promise<Return> {
    const issuer = authorizationUrl.origin;
    let next = authorizationUrl;
    for (let hop = 0; hop < 12 && next.origin === issuer; hop++) {
      let response = await this.#send(next, 'GET');
      if (response.status === 200) {
        const page = await response.text();
        const posted = postedForm(page);
        if (posted) return posted;
        const wanted = deny ? 'abort' : '(?:login|confirm)';
        const action = new RegExp(`action="(/interaction/[^"]+/${wanted})"`).exec(page)?.[1];
        expect(action, page).toBeDefined();
        response = await this.#send(new URL(action as string, issuer), 'POST', new URLSearchParams({ name }));
      }
      next = new URL(response.headers.get('location') ?? '', next);
    }
    return { url: next };
  }

  /** Ends the session at the provider (OpenID Connect RP-Initiated Logout §2), confirming that it is meant. */
  async signOut(endSessionUrl: URL): Promise<void> {
    const page = await (await this.#send(endSessionUrl, 'GET')).text();
    const secret = /name="xsrf" value="([^"]+)"/.exec(page)?.[1];
    expect(secret, page).toBeDefined();
    const confirmed = new URLSearchParams({ xsrf: secret as string, logout: 'yes' });
    await this.#send(new URL('/session/end/confirm', endSessionUrl), 'POST', confirmed);
  }

  async #send(url: URL, method: string, body?: URLSearchParams): Promise<Response> {
    const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, {
      method,
      headers: { cookie, accept: 'text/html' },
      redirect: 'manual',
      ...(body && { body }),
    });
    for (const line of response.headers.getSetCookie()) {
      const [name = '', value = ''] = (line.split(';')[0] ?? '').split(/=(.*)/s);
      this.#cookies.set(name, value);
    }
    return response;
  }
}

/** The form by which a provider posts its answer (OAuth 2.0 Form Post Response Mode §2). */
function postedForm(page: string): Return | undefined {
  const action = /<form method="post" action="(https:[^"]+)"/.exec(page)?.[1];
  if (action === undefined) return undefined;
  const inputs = [...page.matchAll(/<input type="hidden" name="(\w+)" value="([^"]*)"/g)];
  const form = new URLSearchParams(inputs.map(([, name = '', value = '']) => [name, value]));
  return { url: new URL(action), form };
}
