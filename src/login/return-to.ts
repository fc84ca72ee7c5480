/** Own pages that are no place to return to: they would start, finish or end a login. */
const NO_RETURN = /^\/(?:login|logout|callback|backchannel-logout|frontchannel-logout)(?:\/|$)/i;
const MAX_LENGTH = 2048;
/** An absolute http(s) URL or a path that begins with one slash; nothing a browser could read as another host. */
const ALLOWED_FORM = /^(?:https?:\/\/[^/\\@?#]+)?(?:\/(?![/\\])|$)/i;
/** Controls, spaces and backslashes: what URL parsers drop or turn into slashes. */
const UNSAFE = /[\p{Cc}\p{Z}\\]/u;

/**
 * The one judge of redirect targets (RFC 9700 §4.11, CWE-601). Returns an own path (`/a?b#c`) or, for an
 * origin in `allowedOrigins`, the absolute URL; undefined for everything else.
 */
export function judgeReturnTo(
  candidate: string | undefined,
  origin: string,
  allowedOrigins: readonly string[] = [],
): string | undefined {
  if (!candidate || candidate.length > MAX_LENGTH) return undefined;
  // protects: return-to form
  if (UNSAFE.test(candidate) || !ALLOWED_FORM.test(candidate)) return undefined;
  const url = URL.parse(candidate, origin);
  if (!url || url.username || url.password) return undefined;
  // The parser resolves `..`, so the path is judged again in the form a browser will ask for.
  if (!url.pathname.startsWith('/') || url.pathname.startsWith('//') || hasBadEscape(url)) return undefined;
  if (url.origin === origin) {
    if (NO_RETURN.test(decodeURIComponent(url.pathname))) return undefined;
    return url.pathname + url.search + url.hash;
  }
  // protects: return-to origin
  return allowedOrigins.includes(url.origin) ? url.href : undefined;
}

function hasBadEscape(url: URL): boolean {
  try {
    return UNSAFE.test(decodeURIComponent(url.pathname)) || /%(?![0-9a-f]{2})/i.test(url.search + url.hash);
  } catch {
    return true;
  }
}
