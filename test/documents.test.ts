import { describe, expect, it } from 'vitest';
import asvs from '../docs/asvs.md?raw';
import bestPractice from '../docs/best-practice.md?raw';
import threatModel from '../docs/threat-model.md?raw';
import security from '../SECURITY.md?raw';

const DOCUMENTS = {
  'SECURITY.md': security,
  'docs/asvs.md': asvs,
  'docs/best-practice.md': bestPractice,
  'docs/threat-model.md': threatModel,
};

/** Every file of the project, by its path from the root; nothing of them is read. A file does not find itself. */
const FILES = new Set([
  'test/documents.test.ts',
  ...Object.keys(import.meta.glob(['../{src,test,docs,scripts,demo,bench}/**/*', '../*.md'])).map((path) =>
    path.startsWith('./') ? path.replace('./', 'test/') : path.replace('../', ''),
  ),
]);

/** Paths in code, and links to files beside the document. */
function pathsIn(name: string, text: string): string[] {
  const folder = name.includes('/') ? 'docs/' : '';
  const inCode = [...text.matchAll(/`((?:src|test|docs|scripts|demo|bench)\/[^`]+)`/g)].map(
    ([, path]) => path ?? '',
  );
  const links = [...text.matchAll(/\]\((?!https?:)([^)#]+)[^)]*\)/g)].map(([, path]) => folder + path);
  return [...inCode, ...links];
}

/** The cells of every table row but heads and rules. */
function rowsOf(text: string): string[][] {
  return text
    .split('\n')
    .filter(
      (line, index, lines) =>
        line.startsWith('| ') && !/^\| -/.test(line) && !/^\| -/.test(lines[index + 1] ?? ''),
    )
    .map((line) =>
      line
        .slice(1, -1)
        .split(' | ')
        .map((cell) => cell.replace(/^\|/, '').trim()),
    );
}

describe('the security documents', () => {
  it.each(Object.entries(DOCUMENTS))('%s names only files that are there', (name, text) => {
    const paths = pathsIn(name, text);
    expect(paths.length).toBeGreaterThan(0);
    expect(paths.filter((path) => !FILES.has(path))).toEqual([]);
  });

  it.each([
    ['docs/asvs.md', asvs],
    ['docs/best-practice.md', bestPractice],
    ['docs/threat-model.md', threatModel],
  ])('%s has no row without an answer', (_, text) => {
    const rows = rowsOf(text);
    expect(rows.length).toBeGreaterThan(10);
    for (const [name = '', ...cells] of rows) {
      expect(name).not.toBe('');
      expect(cells.slice(0, 1).join('')).not.toBe('');
    }
  });

  it('show code and a test for whatever ASVS requirement is met', () => {
    const met = rowsOf(asvs).filter(([, verdict]) => verdict === 'Met' || verdict === 'Partly');
    expect(met.length).toBeGreaterThan(50);
    for (const row of met) {
      const [code = '', test = ''] = row.slice(-2);
      expect([row[0], code.includes('`'), test.includes('`test/')]).toEqual([row[0], true, true]);
    }
  });

  it.each([
    '10.1',
    '10.2',
    '10.3',
    '10.4',
    '10.5',
    '10.6',
    '10.7',
    '3.3',
    '3.4',
    '3.5',
    '6.8',
    '7.2',
    '9.1',
    '16.2',
  ])('cover ASVS V%s', (section) => {
    expect(rowsOf(asvs).some(([name]) => name?.startsWith(`${section}.1`))).toBe(true);
  });
});
