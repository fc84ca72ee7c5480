import { describe, expect, it } from 'vitest';
import {
  againstTheLayers,
  cycles,
  importsOf,
  inRings,
  reachedFrom,
  type Sources,
  unbounded,
} from './imports.ts';

const read = (files: Record<string, string>): Sources =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [path.replace('../../', ''), text]));
const SRC = read(
  import.meta.glob(['../../src/**/*.{ts,tsx}'], { query: '?raw', import: 'default', eager: true }),
);
const SCRIPTS = read(
  import.meta.glob(['../../scripts/**/*.{ts,mjs}'], { query: '?raw', import: 'default', eager: true }),
);
const OURS = importsOf(SRC).filter(({ to }) => to.startsWith('src/') && /\.tsx?$/.test(to));

describe('imports', () => {
  it('run one way: web, then login, sessions, connections and upstreams, grants, oauth, settings, providers', () => {
    expect(againstTheLayers(OURS)).toEqual([]);
  });

  it('make no ring of folders', () => {
    expect(cycles(OURS)).toEqual([]);
  });

  it('make no ring of files, not even of types', () => {
    expect(inRings(OURS)).toEqual([]);
    const ring = importsOf({
      'src/a.ts': "import './b.ts';",
      'src/b.ts': "import type { C } from './c.ts';",
      'src/c.ts': "import './b.ts';\nimport './d.ts';",
    });
    expect(inRings(ring)).toEqual(['src/b.ts', 'src/c.ts']);
  });

  it('against the layers, or in a ring, are found', () => {
    const wrong = importsOf({
      'src/oauth/refresh.ts': "import type { Session } from '../sessions/session.ts';",
      'src/sessions/session.ts': "import { attempt } from '../login/attempt.ts';",
      'src/login/attempt.ts': "const { page } = await import('../sessions/session.ts');",
      'src/errors.ts': "import { x } from './web/x.tsx';",
      'src/somewhere/new.ts': "export { log } from '../log.ts';",
    });
    expect(againstTheLayers(wrong)).toEqual([
      'src/oauth/refresh.ts imports src/sessions/session.ts',
      'src/errors.ts imports src/web/x.tsx',
      'src/somewhere/new.ts imports src/log.ts',
    ]);
    expect(cycles(wrong)).toEqual(['src/login -> src/sessions -> src/login']);
  });
});

describe('what pages import', () => {
  it('from hono/jsx are types: a value from there adds 17 KB to the bundle, a renderer for browsers among them', () => {
    const withValues = Object.keys(SRC).filter((file) =>
      /from 'hono\/jsx'/.test(withoutTypes(SRC[file] ?? '')),
    );
    expect(withValues).toEqual([]);
  });
});

describe('what the commands in scripts/ import', () => {
  const WORKERD_ONLY = /from 'cloudflare:|\.toBase64\(|\.fromBase64\(|timingSafeEqual|\.css'|\.svg'/;
  const run = Object.entries({ ...SRC, ...SCRIPTS }).map(([file, text]) => [file, withoutTypes(text)]);
  /** Loaded with the settings, and never called there: nothing is sealed on Node. */
  const LOADED_ALONE = ['src/crypto/seal.ts', 'src/crypto/compact-jwe.ts', 'src/crypto/packed-json.ts'];
  const all = importsOf(Object.fromEntries(run));
  const onNode = reachedFrom(Object.keys(SCRIPTS), all).filter((file) => file.startsWith('src/'));

  it('runs on plain Node: it uses nothing that only workerd has', () => {
    expect(onNode).toContain('src/doctor/diagnose.ts');
    expect(onNode).toContain('src/providers/presets.ts');
    const called = onNode.filter((file) => !LOADED_ALONE.includes(file));
    const found = called.filter((file) => WORKERD_ONLY.test(withoutTypes(SRC[file] ?? '')));
    expect(found).toEqual([]);
  });

  it('has no syntax that Node does not strip: no JSX, no enums, no parameter properties', () => {
    expect(onNode.filter((file) => file.endsWith('.tsx'))).toEqual([]);
  });
});

/** Type imports are gone before Node looks. */
function withoutTypes(text: string): string {
  return text.replace(/^import type [^;]*;$/gm, '');
}

describe('state of a module', () => {
  it('has a bound: whatever grows at the top of a file is held to a size', () => {
    expect(unbounded(SRC)).toEqual([]);
  });

  it('without one is found', () => {
    const source = 'const seen = new Map<string, number>();\nseen.set(a, 1);\n';
    expect(unbounded({ 'src/x.ts': source })).toEqual(['src/x.ts: seen']);
    expect(unbounded({ 'src/x.ts': `${source}if (seen.size > 9) seen.clear();` })).toEqual([]);
  });
});
