import { ownRoute, pathBelow } from '../settings/routes.ts';
import { unicodePattern } from '../unicode-pattern.ts';
import { MAX_RETURN_TO_LENGTH } from './return-to-length.ts';

/** An absolute http(s) URL or a path that begins with one slash; nothing a browser could read as another host. */
const ALLOWED_FORM = /^(?:https?:\/\/[^/\\@?#]+)?(?:\/(?![/\\])|$)/i;
/** Control characters and backslashes, which URL parsers drop or turn into slashes. */
const UNSAFE = unicodePattern(String.raw`[\p{Cc}\\]`);

/** Where return targets are allowed. */
export interface ReturnPlaces {
  readonly origin: string;
  readonly basePath?: string;
  readonly allowedOrigins?: readonly string[];
}

/**
 * The one place that checks redirect targets (RFC 9700 §4.11, CWE-601). Returns a path on our origin (`/a?b#c`) or, for
 * one of the `allowedOrigins`, the absolute URL, percent-encoded. Undefined for everything else.
 */
export function judgeReturnTo(
  candidate: string | undefined,
  { origin, basePath = '', allowedOrigins = [] }: ReturnPlaces,
): string | undefined {
  if (!candidate || candidate.length > MAX_RETURN_TO_LENGTH) return undefined;
  // protects: return-to form
  if (UNSAFE().test(candidate) || !ALLOWED_FORM.test(candidate)) return undefined;
  const url = URL.parse(candidate, origin);
  if (!url || url.username || url.password) return undefined;
  // The parser resolves `..` and percent-encodes, so the path is checked again in the form a browser will request.
  const path = decoded(url.pathname);
  if (path === undefined || UNSAFE().test(path) || url.pathname.startsWith('//')) return undefined;
  const target = url.origin === origin ? url.pathname + url.search + url.hash : url.href;
  if (target.length > MAX_RETURN_TO_LENGTH) return undefined;
  // protects: return-to origin
  if (url.origin !== origin) return allowedOrigins.includes(url.origin) ? target : undefined;
  return ownRoute(pathBelow(basePath, path).toLowerCase())?.noReturn ? undefined : target;
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
