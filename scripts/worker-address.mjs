import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Refusal } from './refusal.ts';

const TOML = fileURLToPath(new URL('../wrangler.toml', import.meta.url));
const LOOPBACK = /^(?:localhost|127\.0\.0\.1|\[::1\])$/;

/**
 * Where a Worker is that an operator names: its origin and its `BASE_PATH`, without a slash in the end. What is pasted from
 * a browser may go on to its pages. Throws a `Refusal` for what is no address, or would show the operator's token.
 */
export function workerAddress(text) {
  const url = URL.parse(text);
  if (!url || !/^https?:$/.test(url.protocol)) throw new Refusal(`${text} is not an http or https URL.`, 2);
  if (url.protocol === 'http:' && !LOOPBACK.test(url.hostname)) {
    throw new Refusal(`The token can’t be sent to ${url.origin} over plain http. Use https.`, 2);
  }
  return url.origin + url.pathname.replace(/\/(?:admin(?:\/.*)?)?$/, '');
}

/** The Worker of `npm run dev` on this machine. */
export function localAddress(devVars) {
  return `http://localhost:${process.env.PORT || 8787}${localBasePath(devVars)}`;
}

/** `BASE_PATH` as that Worker will have it: .dev.vars goes before wrangler.toml. */
export function localBasePath(devVars) {
  const [, inToml = ''] = /^BASE_PATH\s*=\s*["']([^"']*)/m.exec(readFileSync(TOML, 'utf8')) ?? [];
  return (devVars.BASE_PATH ?? inToml).replace(/\/$/, '');
}
