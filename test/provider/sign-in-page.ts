import { expect } from 'vitest';

/**
 * The user at the demo provider's pages: follows redirects, signs in under `name` and allows what is asked for
 * (or denies it). Returns the URL that leads back to the client.
 */
export class ProviderUser {
  readonly #cookies = new Map<string, string>();

  async authorize(authorizationUrl: URL, { name = 'Ada', deny = false } = {}): Promise<URL> {
    const issuer = authorizationUrl.origin;
    let next = authorizationUrl;
    for (let hop = 0; hop < 12 && next.origin === issuer; hop++) {
      let response = await this.#send(next, 'GET');
      if (response.status === 200) {
        const page = await response.text();
        const wanted = deny ? 'abort' : '(?:login|confirm)';
        const action = new RegExp(`action="(/interaction/[^"]+/${wanted})"`).exec(page)?.[1];
        expect(action, page).toBeDefined();
        response = await this.#send(new URL(action as string, issuer), 'POST', new URLSearchParams({ name }));
      }
      next = new URL(response.headers.get('location') ?? '', next);
    }
    return next;
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
