import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** Three suites: everything in the Worker's own runtime, the commands on Node, and the journeys of a user in a real browser. */
export default defineConfig({
  test: {
    silent: 'passed-only',
    maxWorkers: '100%',
    projects: [
      {
        plugins: [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })],
        test: {
          name: 'workerd',
          include: ['test/**/*.test.ts'],
          exclude: ['test/{bench,browser,cli,examples}/**'],
          // A machine that is busy with other things makes no test fail.
          testTimeout: 30_000,
          hookTimeout: 60_000,
          globalSetup: [
            'test/fakes/real-provider.mjs',
            'test/fakes/hostile-server.mjs',
            'test/fakes/raw-upstream.mjs',
            'test/properties/fuzz.mjs',
          ],
          unstubGlobals: true,
        },
      },
      { test: { name: 'node', include: ['test/{bench,cli}/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          globalSetup: ['test/browser/dev-server.mjs'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          expect: { poll: { timeout: 20_000 } },
        },
      },
    ],
  },
});
