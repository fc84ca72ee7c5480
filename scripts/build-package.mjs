import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';
import { ROOT } from './processes.mjs';

const DIST = join(ROOT, 'dist');

/** Files that the Worker serves: wrangler bundles them as text by the `rules` in wrangler.toml. */
const text = {
  name: 'text',
  setup({ onLoad }) {
    onLoad({ filter: /\.(?:css|svg)$|\/client\/client\.js$/ }, async ({ path }) => ({
      contents: await readFile(path, 'utf8'),
      loader: 'text',
    }));
  },
};

/** Builds the package into dist/. */
export async function buildPackage() {
  await rm(DIST, { recursive: true, force: true });
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: { index: 'src/lib.ts', client: 'src/client.ts', worker: 'src/index.ts' },
    outdir: 'dist',
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'neutral',
    target: 'es2024',
    packages: 'external',
    external: ['cloudflare:*'],
    jsx: 'automatic',
    jsxImportSource: 'hono/jsx',
    legalComments: 'none',
    metafile: true,
    plugins: [text],
  });
  execFileSync(
    process.execPath,
    [join(ROOT, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'],
    {
      cwd: ROOT,
      stdio: 'inherit',
    },
  );
  await rewriteTypes();
  await writeFile(join(DIST, 'other-runtime.js'), otherRuntime(metafile));
}

/** Specifiers in the types name the files that are there: `./a.ts` and `./a.tsx` become `./a.js`. */
async function rewriteTypes() {
  for (const name of await readdir(join(DIST, 'types'), { recursive: true })) {
    if (!name.endsWith('.d.ts')) continue;
    const path = join(DIST, 'types', name);
    const types = await readFile(path, 'utf8');
    await writeFile(path, types.replaceAll(/(['"]\.{1,2}\/[^'"]+)\.tsx?(?=['"])/g, '$1.js'));
  }
}

/** A module that names what can be imported, so that who imports it gets this error rather than one of the linker. */
function otherRuntime(metafile) {
  const names = ['index', 'client', 'worker'].flatMap(
    (entry) => metafile.outputs[`dist/${entry}.js`].exports,
  );
  const message =
    'drawbridge runs on Cloudflare Workers (workerd), not here. Start your app with `npx wrangler dev`, and run its tests ' +
    'with @cloudflare/vitest-plugin. If this is workerd, have your bundler resolve the package with the condition "workerd".';
  return [
    ...[...new Set(names)].map((name) =>
      name === 'default' ? 'export default undefined;' : `export const ${name} = undefined;`,
    ),
    `throw new Error(${JSON.stringify(message)});`,
    '',
  ].join('\n');
}
