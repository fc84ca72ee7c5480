import { isTooDeep } from '../exact-json.ts';
import { isSecretHeader, isSecretParameter } from '../secret-names.ts';

/** One step of a login as INSPECT shows it: what was sent and what came back, with secrets blanked. */
export interface Step {
  readonly title: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly duration_ms?: number;
  readonly request?: StepMessage & { readonly method: string; readonly url: string };
  readonly response?: StepMessage & { readonly status: number };
  readonly note?: string;
}

interface StepMessage {
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** The placeholder for a secret. */
export const BLANK = '•••';
const MAX_BODY = 2000;

/** A query, form body or JSON text with the value of every secret blanked. */
export function blankSecrets(text: string): string {
  if (isTooDeep(text)) return 'Nested too deeply to be shown.';
  const json = parseJson(text);
  if (json !== undefined) return JSON.stringify(blankMembers(json), null, 2).slice(0, MAX_BODY);
  return blankParameters(text).slice(0, MAX_BODY);
}

/** A URL with the secrets in its query blanked. */
export function blankUrl(url: string): string {
  const [base, query] = [url.split('?', 1)[0] as string, url.split('?').slice(1).join('?')];
  return query ? `${base}?${blankParameters(query)}` : base;
}

/** The headers, with lower-case names. Those that carry a secret are blanked. */
export function blankHeaders(headers: Iterable<[string, string]>): Record<string, string> {
  const shown: Record<string, string> = {};
  for (const [name, value] of headers) {
    const scheme = /^(Basic|Bearer|DPoP) /i.exec(value)?.[0] ?? '';
    shown[name] = isSecretHeader(name) ? `${scheme}${BLANK}` : value;
  }
  return shown;
}

function blankParameters(text: string): string {
  return text
    .split('&')
    .map((pair) => {
      const name = pair.split('=', 1)[0] as string;
      return isSecretParameter(name) && pair.length > name.length + 1 ? `${name}=${BLANK}` : pair;
    })
    .join('&');
}

function blankMembers(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(blankMembers);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [
      name,
      isSecretParameter(name) && typeof member === 'string' ? BLANK : blankMembers(member),
    ]),
  );
}

function parseJson(text: string): unknown {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
