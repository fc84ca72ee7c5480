import { describe, expect, it } from 'vitest';
import asvs from '../docs/asvs.md?raw';
import bestPractice from '../docs/best-practice.md?raw';
import openIdProvider from '../docs/openid-provider.md?raw';
import settingsPage from '../docs/settings.md?raw';
import threatModel from '../docs/threat-model.md?raw';
import { scripts } from '../package.json';
import { PROVIDER_KEYS } from '../src/providers/provider-settings.ts';
import { ALL_SETTING_NAMES } from '../src/settings/settings.ts';

/** Every document, by its path from the root. */
const DOCUMENTS = Object.entries(
  import.meta.glob(['../*.md', '../docs/*.md'], { query: '?raw', import: 'default', eager: true }),
).map(([path, text]) => [path.replace('../', ''), text] as const);

/** Every file of the project, by its path from the root; nothing of them is read. A file does not find itself. */
const FILES = new Set([
  'test/documents.test.ts',
  ...Object.keys(
    import.meta.glob([
      '../{src,test,docs,scripts,demo,bench,examples}/**/*',
      '../*.{md,toml,json}',
      '../LICENSE',
    ]),
  ).map((path) => (path.startsWith('./') ? path.replace('./', 'test/') : path.replace('../', ''))),
]);

/** Files and folders that stand in code; not those with a place holder. */
function pathsIn(text: string): string[] {
  return [...text.matchAll(/`((?:src|test|docs|scripts|demo|bench)\/[^`\s*]+?)\/?`/g)].map(
    ([, path]) => path ?? '',
  );
}

/** Links within the project: the file, from the root, and the section in it. */
function linksIn(name: string, text: string): { file: string; section: string | undefined }[] {
  const prose = text.replaceAll(/^ *```[\s\S]*?^ *```/gm, '');
  return [...prose.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].map(([, path, section]) => ({
    file: path ? new URL(path, `file:///${name}`).pathname.slice(1) : name,
    section,
  }));
}

/** The anchors that the headings of a document have. */
function sectionsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\w\s-]/g, '')
      .replaceAll(' ', '-'),
  );
}

function isThere(path: string): boolean {
  return FILES.has(path) || [...FILES].some((file) => file.startsWith(`${path}/`));
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

describe.each(DOCUMENTS)('%s', (name, text) => {
  it('names only files that are there', () => {
    expect(pathsIn(text).filter((path) => !isThere(path))).toEqual([]);
  });

  it('links only to files and sections that are there', () => {
    const documents = new Map(DOCUMENTS);
    for (const { file, section } of linksIn(name, text)) {
      expect([file, isThere(file)]).toEqual([file, true]);
      if (section !== undefined) expect(sectionsOf(documents.get(file) ?? '')).toContain(section);
    }
  });

  it('repeats no table that wrangler.toml has: TOML allows each once', () => {
    expect(text).not.toMatch(/^ *\[vars\]$/m);
  });

  it('runs no package of that name from the registry, which is another project', () => {
    const told = text.replaceAll(/In the checkout itself, `npx drawbridge`/g, '');
    expect(told).not.toMatch(/npx drawbridge/);
  });

  it('names only commands that are there', () => {
    const named = [...text.matchAll(/npm run (?:-s |--silent )?([a-z][\w:]*)/g)].map(
      ([, command]) => command,
    );
    expect(named.filter((command) => !Object.hasOwn(scripts, command ?? ''))).toEqual([]);
  });
});

describe('docs/README.md', () => {
  it('links to every document', () => {
    const [, index = ''] = DOCUMENTS.find(([name]) => name === 'docs/README.md') ?? [];
    const linked = linksIn('docs/README.md', index).map(({ file }) => file);
    const documents = DOCUMENTS.map(([name]) => name).filter((name) => /^docs\/(?!README)/.test(name));
    expect(documents.filter((name) => !linked.includes(name))).toEqual([]);
  });
});

describe('the settings', () => {
  it('are in docs/settings.md, each of them', () => {
    const listed = rowsOf(settingsPage).flatMap(([names = '']) =>
      [...names.matchAll(/`([^`]+)`/g)].map(([, one]) => one),
    );
    expect(ALL_SETTING_NAMES.filter((setting) => !listed.includes(setting))).toEqual([]);
  });

  it('of a provider stand in docs/openid-provider.md, each of them', () => {
    expect(PROVIDER_KEYS.filter((key) => !new RegExp(`\\b${key}\\b`).test(openIdProvider))).toEqual([]);
  });
});

describe('the security documents', () => {
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
