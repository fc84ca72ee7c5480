import { createServer } from 'node:http';
import Provider from 'oidc-provider';
import { api } from './api.mjs';
import { configuration } from './configuration.mjs';
import { interactions } from './interactions.mjs';
import { notFoundPage, STYLE } from './pages.mjs';

const POLICY =
  "default-src 'none'; style-src 'self'; img-src 'self' data:; base-uri 'none'; frame-ancestors 'none'";

/**
 * Starts an OpenID provider on this machine.
 *
 * @param {{ port: number, clients: object[], customize?: (configuration: object) => object }} options
 *   `port` 0 picks a free one; `customize` may change the configuration.
 * @returns {Promise<{ issuer: string, provider: Provider, close: () => Promise<void> }>}
 */
export async function startProvider({ port, clients, customize = (settings) => settings }) {
  const server = createServer();
  await new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, 'localhost', resolve);
  });
  const issuer = `http://localhost:${server.address().port}`;
  const provider = new Provider(issuer, customize(await configuration({ clients })));
  provider.use(headersAndStyle);
  provider.use(interactions(provider));
  provider.use(api(provider));
  server.on('request', provider.callback());
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
  return { issuer, provider, close };
}

async function headersAndStyle(ctx, next) {
  if (ctx.path === '/style.css') {
    ctx.type = 'css';
    ctx.body = STYLE;
    return;
  }
  await next();
  if (ctx.status === 404 && !ctx.body) {
    ctx.status = 404;
    ctx.type = 'html';
    ctx.body = notFoundPage();
  }
  // A form_post answer carries a script of the provider's own; its policy is the provider's business.
  if (ctx.response.is('html') && !ctx.response.get('content-security-policy')) {
    ctx.set('content-security-policy', POLICY);
    ctx.set('referrer-policy', 'no-referrer');
  }
}
