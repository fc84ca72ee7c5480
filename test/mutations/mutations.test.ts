import { describe, expect, it } from 'vitest';
import page from '../../docs/cases.md?raw';
import { MUTATIONS } from './mutations.mjs';

const SOURCES = import.meta.glob(['../../src/**/*.{ts,tsx}'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('each mutation', () => {
  it.each(MUTATIONS)('%s: its text stands once in src/%s', (_, file, search) => {
    expect((SOURCES[`../../src/${file}`] ?? '').split(search)).toHaveLength(2);
  });

  it('is in the table of docs/cases.md, and nothing else is', () => {
    const [, section = ''] = page.split('## That the checks can fail');
    const listed = [...section.matchAll(/^\| ([^|]+?) +\| `src\/([^`]+)`/gm)].map(([, name, file]) => [
      name,
      file,
    ]);
    expect(listed).toEqual(MUTATIONS.map(([name, file]) => [name, file]));
  });
});
