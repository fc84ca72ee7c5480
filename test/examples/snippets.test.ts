import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { newUser, useBrowser } from '../browser/browser.ts';
import { signInAtProvider } from './sign-in.ts';
import { wranglerDev } from './wrangler-dev.ts';

interface Block {
  readonly language: string | undefined;
  readonly text: string;
}

/** The code of a document, a block at a time. */
function blocksOf(path: string): readonly Block[] {
  const page = readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```/gm)].map(([, language, text = '']) => ({
    language,
    text,
  }));
}

const isCode = ({ language }: Block) => language === 'ts';
const FRONT_PAGE = blocksOf('README.md');
const README = FRONT_PAGE.filter(isCode);
const GUIDE = blocksOf('docs/in-your-worker.md');
const CODE = [...README, ...GUIDE.filter(isCode)].map(({ text }) => text);
/** Whole programs; the others are parts that go into one. */
const PROGRAMS = CODE.filter((text) => text.includes('export default'));
const MOUNTED = PROGRAMS.filter((text) => text.includes('createDrawbridge'));
const BOUND = PROGRAMS.filter((text) => text.includes("{ binding: 'AUTH' }"));
const [PLAIN = ''] = PROGRAMS.filter((text) => !text.includes('Hono'));
const SERVICE =
  GUIDE.find(({ language, text }) => language === 'toml' && text.includes('[[services]]'))?.text ?? '';

/** The first block of README.md in a language that has a text in it. */
function frontPage(language: string, part: string): string {
  return FRONT_PAGE.find((block) => block.language === language && block.text.includes(part))?.text ?? '';
}

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

describe('the code in README.md and docs/in-your-worker.md', () => {
  it('compiles, every piece of it', () => {
    const parts = CODE.filter((text) => !text.includes('export default'));
    expect([MOUNTED.length, BOUND.length, PLAIN === '']).toEqual([2, 2, false]);
    expect(parts.length).toBeGreaterThan(3);
    const files = parts.map((text, index) => {
      const before = text.includes('import ') ? '' : PRELUDE + (text.includes('const app') ? '' : APP);
      return [`part-${index}.ts`, `${before}${text}\nexport {};\n`];
    });
    const folder = project('compiled', {
      ...Object.fromEntries(files),
      ...bound(BOUND[0] ?? ''),
      ...Object.fromEntries(PROGRAMS.map((text, index) => [`program-${index}.ts`, text])),
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
  ...MOUNTED.map((text, index) => ({
    name: `mounted-${index}`,
    files: withDrawbridge('.', text),
    drawbridge: '.',
  })),
  ...BOUND.map((text, index) => ({ name: `bound-${index}`, files: bound(text), drawbridge: 'auth' })),
])('the program $name', ({ name, files, drawbridge }) => {
  let running: Awaited<ReturnType<typeof wranglerDev>>;
  beforeAll(async () => {
    const configurations = Object.keys(files).filter((path) => path.endsWith('.toml'));
    running = await wranglerDev(project(name, files), configurations.sort(), drawbridge);
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

describe('the settings and the script of README.md for an app', () => {
  const settings = frontPage('toml', '[vars.UPSTREAMS.app]');
  const script = frontPage('js', 'fetch(');
  let running: Awaited<ReturnType<typeof wranglerDev>>;
  beforeAll(async () => {
    const vars = {
      BASE_PATH: '/auth',
      DEFAULT_PROVIDER: 'demo',
      GITHUB_CLIENT_ID: 'id',
      GITHUB_CLIENT_SECRET: 'x',
    };
    const lines = Object.entries(vars).map(([name, value]) => `${name} = "${value}"`);
    const folder = project('in-front', {
      'index.ts': "export { default, SessionKeeper } from 'drawbridge/worker';\n",
      'wrangler.toml': `name = "app"\n${WORKER}\n[vars]\n${lines.join('\n')}\n${STORAGE}\n${settings}`,
      'public/index.html': '<!doctype html><h1>The app</h1><script type="module" src="/app.js"></script>',
      'public/app.js': script,
    });
    running = await wranglerDev(folder, ['wrangler.toml'], '.');
  });
  afterAll(() => running?.stop());

  it('leads a user to the app, and its script to the consent that the API needs', async () => {
    const page = await newUser();
    await page.route('**/auth/login/github*', (route) => route.fulfill({ body: 'consent' }));
    await page.goto(running.origin);
    await signInAtProvider(page);
    await page.waitForURL(`${running.origin}/auth/login/github?**`);
    expect(new URL(page.url()).search).toBe('?connect=1&return_to=%2F');
  });
});

describe('the program without Hono', () => {
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
