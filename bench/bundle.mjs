import { execFile } from 'node:child_process';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { workplace } from './workerd.mjs';

const run = promisify(execFile);
const wrangler = join(createRequire(import.meta.url).resolve('wrangler/package.json'), '../bin/wrangler.js');
const QUIET = { ...process.env, WRANGLER_SEND_METRICS: 'false', CLOUDFLARE_CF_FETCH_ENABLED: 'false' };
const METAFILE = 'bundle-meta.json';

/** Bundles a Worker as `wrangler deploy` would, and returns the directory with the result. */
export async function bundle(name, options) {
  const directory = join(workplace, name);
  const metafile = `--metafile=${join(directory, METAFILE)}`;
  await run(
    process.execPath,
    [wrangler, 'deploy', ...options, '--dry-run', '--minify', '--outdir', directory, metafile],
    { env: QUIET },
  );
  return directory;
}

/** What is uploaded: `{ bytes, gzip, parts }`; each part with its bytes minified and its share of the gzip. */
export function sizeOf(directory) {
  const uploaded = readdirSync(directory).filter((name) => /\.(?:js|css|svg)$/.test(name));
  const contents = uploaded.map((name) => readFileSync(join(directory, name)));
  const { outputs } = JSON.parse(readFileSync(join(directory, METAFILE), 'utf8'));
  const [, script] = Object.entries(outputs).find(([name]) => basename(name) === 'index.js');
  const bytes = uploaded.reduce((sum, name) => sum + statSync(join(directory, name)).size, 0);
  const gzip = contents.reduce((sum, content) => sum + gzipSync(content, { level: 9 }).length, 0);
  return { bytes, gzip, parts: partsOf(script.inputs) };
}

/** Bytes of the minified script by package, and by folder for our own code. */
function partsOf(inputs) {
  const parts = new Map();
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const [, dependency] = /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
    const [, folder] = /src\/([^/]+)\//.exec(file) ?? [];
    const part = dependency ?? (folder ? `src/${folder}` : 'src');
    parts.set(part, (parts.get(part) ?? 0) + bytesInOutput);
  }
  return [...parts]
    .filter(([, bytes]) => bytes > 0)
    .sort((a, b) => b[1] - a[1])
    .map(([name, bytes]) => ({ name, bytes }));
}
