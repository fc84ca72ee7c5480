import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { signInAtProvider } from './sign-in.ts';
import { wranglerDev } from './wrangler-dev.ts';

const PAGE = readFileSync(fileURLToPath(new URL('../../docs/in-your-worker.md', import.meta.url)), 'utf8');
const BLOCKS = [...PAGE.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text = '']) => ({
  language,
  text,
}));
const CODE = BLOCKS.filter(({ language }) => language === 'ts').map(({ text }) => text);
/** Whole programs; the others are parts that go into one. */
const [MOUNTED = '', BOUND = '', PLAIN = ''] = CODE.filter((text) => text.includes('export default'));
const SERVICE =
  BLOCKS.find(({ language, text }) => language === 'toml' && text.includes('[[services]]'))?.text ?? '';

const PRELUDE = `import { createDrawbridge, type DrawbridgeEnv, drawbridge, requireSession } from 'drawbridge';
import { Hono } from 'hono';
`;
const APP = 'const app = new Hono<DrawbridgeEnv>();\n';

const WORKER = 'compatibility_date = "2026-10-30"\nmain = "index.ts"\n';
const STORAGE = `
[[kv_namespaces]]
binding = "TOKENS"

[[durable_objects.bindings]]
name = "SESSION_KEEPER"
class_name = "SessionKeeper"

[exports.SessionKeeper]
type = "durable-object"
storage = "sqlite"
`;
const TSCONFIG = {
  compilerOptions: {
    ...{ target: 'es2024', lib: ['es2024'], module: 'esnext', moduleResolution: 'bundler', noEmit: true },
    ...{
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
    },
    types: ['./worker-configuration.d.ts'],
  },
  include: ['**/*.ts'],
};

/** Below the folder with the installed package; files by their paths. */
function project(name: string, files: Readonly<Record<string, string>>): string {
  const folder = join(inject('clean'), name);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

const withDrawbridge = (name: string, index: string) => ({
  [`${name}/index.ts`]: index,
  [`${name}/wrangler.toml`]: `name = "drawbridge"\n${WORKER}${name === 'auth' ? 'vars = { BASE_PATH = "/auth" }\n' : ''}${STORAGE}`,
});
const bound = (index: string) => ({
  ...withDrawbridge('auth', "export { Auth, default, SessionKeeper } from 'drawbridge/worker';\n"),
  'app/index.ts': index,
  'app/wrangler.toml': `name = "app"\n${WORKER}\n${SERVICE}`,
});

describe('docs/in-your-worker.md', () => {
  it('compiles, every piece of it', () => {
    const parts = CODE.filter((text) => !text.includes('export default'));
    expect([MOUNTED, BOUND, PLAIN].every(Boolean) && parts.length > 3).toBe(true);
    const files = parts.map((text, index) => {
      const before = text.includes('import ') ? '' : PRELUDE + (text.includes('const app') ? '' : APP);
      return [`part-${index}.ts`, `${before}${text}\nexport {};\n`];
    });
    const folder = project('compiled', {
      ...Object.fromEntries(files),
      ...bound(BOUND),
      'mounted.ts': MOUNTED,
      'plain.ts': PLAIN,
      'tsconfig.json': JSON.stringify(TSCONFIG),
    });
    const run = (...args: string[]) => execFileSync('npx', args, { cwd: folder, encoding: 'utf8' });
    run('wrangler', 'types', '-c', 'app/wrangler.toml', '-c', 'auth/wrangler.toml');
    expect(readFileSync(join(folder, 'worker-configuration.d.ts'), 'utf8')).toMatch(/AUTH: Service<.*Auth/);
    expect(run('tsc')).toBe('');
  });
});

useBrowser();

describe.each([
  ['mounted', 'mounted', withDrawbridge('mounted', MOUNTED), ['mounted/wrangler.toml'], 'mounted'],
  ['over a binding', 'bound', bound(BOUND), ['app/wrangler.toml', 'auth/wrangler.toml'], 'auth'],
] as const)('the app of docs/in-your-worker.md, %s', (_, name, files, configurations, drawbridge) => {
  let running: Awaited<ReturnType<typeof wranglerDev>>;
  beforeAll(async () => {
    running = await wranglerDev(project(name, files), configurations, drawbridge);
  });
  afterAll(() => running?.stop());

  it('signs a user in', async () => {
    const page = await newUser();
    await page.goto(`${running.origin}/private`);
    await signInAtProvider(page);
    await page.waitForURL(`${running.origin}/private`);
    expect(await page.textContent('body')).toBe('Hello ada-lovelace');
  });
});

describe('the app of docs/in-your-worker.md without Hono', () => {
  let running: Awaited<ReturnType<typeof wranglerDev>>;
  beforeAll(async () => {
    const folder = project('plain', bound(PLAIN));
    running = await wranglerDev(folder, ['app/wrangler.toml', 'auth/wrangler.toml'], 'auth');
  });
  afterAll(() => running?.stop());

  it('knows who is signed in', async () => {
    const page = await newUser();
    await page.goto(running.origin);
    expect(await page.textContent('body')).toBe('Hello stranger');
    await page.goto(`${running.origin}/auth/login?return_to=/`);
    await signInAtProvider(page);
    await page.waitForURL(`${running.origin}/`);
    expect(await page.textContent('body')).toBe('Hello ada-lovelace');
  });
});
