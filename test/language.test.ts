import { describe, expect, it } from 'vitest';

/** Words and phrases that don't read as a native would write them; docs and pages do without. */
const UNIDIOMATIC: readonly (readonly [RegExp, string])[] = [
  [/\bmend(?:s|ed|ing)?\b/gi, 'fix'],
  [/\banew\b/gi, 'again'],
  [/\bstands? in\b/gi, 'is in'],
  [/\b(?:the|operator[’']s) desk\b/gi, 'admin'],
  [/\ban own\b/gi, 'its own, your own'],
  [/\bone[’']s\b/gi, 'your'],
  [/\bfor who\b/gi, 'for whoever'],
  [/\bnever mind\b/gi, 'ignore'],
  [/\blater if used\b/gi, 'extended while in use'],
  [/\bkept the token\b/gi, 'refused to issue a token'],
  [/\bEverything is well\b/gi, 'All checks passed'],
  [/\bOne of the last minute\b/gi, 'Very recent ones may be missing'],
  [/\bYou are signed out here\b/gi, 'You’re signed out'],
  [/\bWho reveals tokens\b/gi, 'Revealing tokens is logged'],
  [/\bnot over when it came\b/gi, 'not expired on arrival'],
  [/\bsealed anew\b/gi, 're-encrypted'],
  [/\ball the same\b/gi, 'still, in any case'],
  [/\bthe very same\b/gi, 'the same object'],
  [/\bfor want of\b/gi, 'because there is no'],
  [/\bnone of ours\b/gi, 'not ours'],
  [/\blikewise\b/gi, 'too, in the same way'],
  [/\b(?:is|are) (?:led|told so)\b/gi, 'is sent, is told'],
  [/\bsees? to it\b/gi, 'makes sure'],
  [/\blives? sealed\b/gi, 'is encrypted'],
  [/\bput to rest\b/gi, 'evicted'],
];
/** In text that people read; in code a settings error has a `fault`. */
const IN_PROSE: readonly (readonly [RegExp, string])[] = [[/\bfaults?\b/gi, 'error, problem']];

const SOURCES = import.meta.glob(
  [
    '../src/**/*.{ts,tsx}',
    '../{cli,scripts,demo,bench,examples}/**/*.{ts,mjs,js,html}',
    '!**/{node_modules,dist}/**',
  ],
  { query: '?raw', import: 'default', eager: true },
);
const DOCUMENTS = import.meta.glob(['../*.md', '../{docs,examples}/**/*.md', '!**/node_modules/**'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

function found(text: string, patterns: typeof UNIDIOMATIC): string[] {
  return text
    .split('\n')
    .flatMap((line, index) =>
      patterns.flatMap(([pattern, better]) =>
        [...line.matchAll(pattern)].map(([word]) => `${index + 1}: “${word}”, better: ${better}`),
      ),
    );
}

/** Markdown without code. */
function proseOf(markdown: string): string {
  return markdown.replaceAll(/^ *```[\s\S]*?^ *```/gm, '').replaceAll(/`[^`\n]*`/g, '');
}

describe('plain English', () => {
  it('has texts to look at', () => {
    expect(Object.keys(SOURCES).length).toBeGreaterThan(150);
    expect(Object.keys(DOCUMENTS).length).toBeGreaterThan(15);
  });

  it.each(Object.entries(SOURCES))('%s', (_, text) => {
    expect(found(text, UNIDIOMATIC)).toEqual([]);
  });

  it.each(Object.entries(DOCUMENTS))('%s', (_, text) => {
    expect(found(proseOf(text), [...UNIDIOMATIC, ...IN_PROSE])).toEqual([]);
  });
});
