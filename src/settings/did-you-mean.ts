import { isSecretSetting } from '../secret-names.ts';
import { isTable } from './table.ts';

/** The candidate that a misspelled name probably means. Undefined if none is close. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  const given = bare(name);
  let best: string | undefined;
  let least = Math.min(2, Math.floor(given.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = distanceOf(given, bare(candidate), least);
    if (distance < least) {
      least = distance;
      best = candidate;
    }
  }
  return best;
}

/**
 * A table without its unknown keys, and those keys. All of them are reported, not only the first, so that you can fix
 * two typos at once.
 */
export function withoutUnknown(entry: unknown, known: readonly string[]) {
  if (!isTable(entry)) return { entry, unknown: [] };
  const unknown = Object.keys(entry).filter((key) => !known.includes(key));
  const kept = Object.entries(entry).filter(([key]) => known.includes(key));
  return { entry: unknown.length === 0 ? entry : Object.fromEntries(kept), unknown };
}

/** Settings of the whole Worker are in capitals, keys of tables are not. */
const MISPLACED =
  'If it is a setting of its own, move it up to `[vars]`: in TOML, a line belongs to the last table above it.';
/** A list of keys that is longer than this is left to the document. */
const MOST_LISTED = 12;
const MOST_SUGGESTED = 3;

/**
 * The hint for an unknown key: the key that is probably meant, or where a setting in capitals belongs; otherwise the keys
 * that share a word with it, and the document, a path in the repository, that explains all of them.
 */
export function unknownKeyHint(key: string, known: readonly string[], document: string): string {
  const meant = nearest(key, known);
  if (meant !== undefined) return `Did you mean \`${meant}\`?`;
  if (isSecretSetting(key)) {
    return `Remove it here and store it as a secret: \`npx wrangler secret put ${key}\` (locally: in \`.dev.vars\`).`;
  }
  if (/^[A-Z][A-Z0-9_]*$/.test(key)) return MISPLACED;
  const all = `See ${document} for every key.`;
  if (known.length <= MOST_LISTED) return `It may have: ${known.join(', ')}. ${all}`;
  const related = relatedTo(key, known).map((name) => `\`${name}\``);
  return related.length === 0 ? all : `Did you mean ${related.join(' or ')}? ${all}`;
}

/** The names that have the most words in common with this one, the shortest first among equals. */
function relatedTo(key: string, known: readonly string[]): string[] {
  const words = wordsOf(key);
  return known
    .map((name) => ({ name, shared: wordsOf(name).filter((word) => words.includes(word)).length }))
    .filter(({ shared }) => shared > 0)
    .toSorted((a, b) => b.shared - a.shared || a.name.length - b.name.length)
    .slice(0, MOST_SUGGESTED)
    .map(({ name }) => name);
}

/** `tokenUrl` and `token_url` have the word `token`. That something is a URL says nothing about which one it is. */
function wordsOf(name: string): string[] {
  return name
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .split(/[_-]/)
    .filter((word) => !['url', 'uri', 'endpoint'].includes(word));
}

/** `tokenEndpoint` and `token-endpoint` are `token_endpoint`. */
function bare(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, '');
}

/** How many characters are missing, extra, wrong or swapped. Counts no further than `enough`. */
function distanceOf(a: string, b: string, enough: number): number {
  if (Math.abs(a.length - b.length) >= enough) return enough;
  let [beforeLast, last]: [number[], number[]] = [[], [...b, ''].map((_, index) => index)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      row.push(
        Math.min(
          (last[j] ?? 0) + 1,
          (row[j - 1] ?? 0) + 1,
          (last[j - 1] ?? 0) + cost,
          swapped ? (beforeLast[j - 2] ?? 0) + 1 : Number.POSITIVE_INFINITY,
        ),
      );
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length] ?? enough;
}
