import { describe, expect, it } from 'vitest';

const sources = import.meta.glob(['../../src/**/*.{ts,tsx}'], {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('a cold start', () => {
  it('loads no locale data, which takes 9 ms: only functions of pages use it', () => {
    const users = Object.entries(sources).filter(([, source]) =>
      /\.toLocaleString\(|new Intl\./.test(source),
    );
    expect(users.map(([path]) => path.replace('../../src/', '')).sort()).toEqual([
      'web/admin/session-page.tsx',
      'web/admin/sessions-page.tsx',
      'web/components/time.tsx',
    ]);
  });
});
