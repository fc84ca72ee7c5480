import { describe, expect, it } from 'vitest';
import page from '../../docs/cases.md?raw';
import { MUTATIONS } from './mutations.mjs';
import { asIf, gone, protectionsIn, withoutProtection } from './protection.mjs';

const SOURCES = Object.entries(
  import.meta.glob(['../../src/**/*.{ts,tsx}'], { query: '?raw', import: 'default', eager: true }),
).map(([path, source]) => [path.replace('../../', ''), source] as const);

/** The files that mark a protection. */
const filesOf = (name: string) => SOURCES.filter(([, source]) => protectionsIn(source).includes(name));

describe('each mutation', () => {
  it.each(MUTATIONS)('%s: is marked once in the sources, and its change fits', (name, change) => {
    expect(filesOf(name).map(([file]) => file)).toHaveLength(1);
    const [[, source = ''] = []] = filesOf(name);
    expect(withoutProtection(source, name, change)).not.toBe(source);
  });

  it('is of a marker, and every marker has one', () => {
    const marked = SOURCES.flatMap(([, source]) => protectionsIn(source));
    expect(marked.toSorted()).toEqual(MUTATIONS.map(([name]) => name).toSorted());
  });

  it('is in the table of docs/cases.md with its file, and nothing else is', () => {
    const [, section = ''] = page.split('## How the checks are checked');
    const listed = [...section.matchAll(/^\| ([^|]+?) +\| `(src\/[^`]+)`/gm)].map(([, name, file]) => [
      name,
      file,
    ]);
    expect(listed).toEqual(MUTATIONS.map(([name]) => [name, filesOf(name)[0]?.[0]]));
  });
});

describe('a marked protection', () => {
  const source = [
    'const before = 1;',
    '// protects: size limit',
    "if (size(text, ')') > limit) throw new Error('too; large');",
    'const after = {',
    '  // protects: end, start',
    '  // Why it is there.',
    "  end: [1, ';'],",
    '  last: 2,',
    '};',
  ].join('\n');

  it('goes with its whole statement, whatever strings and brackets are in it', () => {
    expect(withoutProtection(source, 'size limit', gone)).toContain('limit\n\nconst after');
    expect(withoutProtection(source, 'start', gone)).toContain('there.\n\n  last: 2');
    expect(withoutProtection(source, 'size limit', asIf('false'))).toContain('if (false) throw new Error');
  });

  it('must be marked once, and the change must change something', () => {
    expect(() => withoutProtection(source, 'nonce', gone)).toThrow('marks 0 places');
    expect(() => withoutProtection(`${source}\n// protects: end\nx;`, 'end', gone)).toThrow('marks 2 places');
    expect(() => withoutProtection(source, 'end', (code) => code)).toThrow('does not fit');
  });
});
