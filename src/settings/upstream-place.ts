import { isAllowedUrl } from '../providers/allowed-url.ts';
import type { Report, Upstream, UpstreamContext } from './upstream.ts';
import type { UpstreamSettings } from './upstream-settings.ts';

/** Where requests are sent: a target or a binding, exactly one of them. */
export function placeOf(
  { target, binding: name }: UpstreamSettings,
  context: UpstreamContext,
  report: Report,
): Pick<Upstream, 'target' | 'binding'> | undefined {
  if ((target === undefined) === (name === undefined)) {
    const fault = target === undefined ? 'is missing' : 'is set together with `binding`';
    report('target', fault, 'Set either `target` (an https origin with base path) or `binding`, not both.');
    return undefined;
  }
  if (target !== undefined) return { target: targetOf(target, context, report), binding: undefined };
  const binding = Object.hasOwn(context.env, name as string) ? context.env[name as string] : undefined;
  if (!isFetcher(binding)) {
    const fault =
      binding === undefined ? 'names no binding' : 'names something that requests can’t be sent to';
    report('binding', fault, 'Add it to `[[services]]` or `[assets]` in `wrangler.toml`.');
    return undefined;
  }
  return {
    target: undefined,
    binding: { name: name as string, fetch: (request) => binding.fetch(request) },
  };
}

function isFetcher(value: unknown): value is Fetcher {
  return typeof value === 'object' && value !== null && 'fetch' in value && typeof value.fetch === 'function';
}

const PLAIN_BASE = /^\/(?:[A-Za-z0-9@._~!$&'()*+,;=:-]+\/)*$/;

function targetOf(text: string, context: UpstreamContext, report: Report): Upstream['target'] {
  const url = URL.parse(text);
  if (!url || !isAllowedUrl(text)) {
    report('target', 'is not an https URL', 'Plain http is allowed for loopback hosts only.');
    return undefined;
  }
  if (/[?#]/.test(text) || url.hostname.includes('*')) {
    report('target', 'has a query, a fragment or a wildcard', 'Use only an origin and a base path.');
    return undefined;
  }
  const path = url.pathname.endsWith('/') ? url.pathname : `${url.pathname}/`;
  const written = text.replace(/^[a-z]+:\/\/[^/]*/i, '');
  if (!PLAIN_BASE.test(path) || (written !== '' && `${written}/`.replace(/\/\/$/, '/') !== path)) {
    report('target', 'has an ambiguous base path', 'Write it without escapes, dots and empty segments.');
    return undefined;
  }
  if (url.origin === context.publicOrigin || url.origin === context.controlOrigin) {
    report(
      'target',
      'is Drawbridge’s own origin',
      'Set it to the service behind Drawbridge. Otherwise requests would loop.',
    );
    return undefined;
  }
  return Object.freeze({ url: url.origin + path, origin: url.origin, path });
}
