import { readFileSync } from 'node:fs';
import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig, type Plugin } from 'vitest/config';

/**
 * The icon set is one module of 5 MB. The Worker's bundler takes what is used out of it; without this, every
 * test file would parse all of it.
 */
const onlyUsedIcons: Plugin = {
  name: 'only-used-icons',
  enforce: 'pre',
  load(id) {
    if (!/simple-icons\/index\.mjs/.test(id)) return null;
    const used = new Set(readFileSync('src/providers/icons.ts', 'utf8').match(/\bsi[A-Z0-9]\w*/g));
    const [head = '', ...icons] = readFileSync(id.split('?', 1)[0] as string, 'utf8').split(
      /,?(?=\bsi\w+={title:)/,
    );
    return (
      head +
      icons
        .filter((icon) => used.has(icon.split('=', 1)[0] as string))
        .map((icon) => icon.replace(/;$/, ''))
        .join(',')
    );
  },
};

/** Two suites: everything in the Worker's own runtime, and the journeys of a user in a real browser. */
export default defineConfig({
  test: {
    silent: 'passed-only',
    projects: [
      {
        plugins: [onlyUsedIcons, cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'workerd',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**'],
          globalSetup: [
            'test/provider/real-provider.mjs',
            'test/provider/hostile-server.mjs',
            'test/properties/fuzz.mjs',
          ],
          unstubGlobals: true,
        },
      },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/dev-server.mjs'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
