import { defineConfig } from 'vitest/config';

/** The examples, each run as its README says, and the package as it is installed from the tarball. */
export default defineConfig({
  test: {
    name: 'examples',
    include: ['test/examples/**/*.test.ts'],
    silent: 'passed-only',
    globalSetup: ['test/examples/clean-folder.mjs'],
    // Each builds the package, and all of them into the same folder.
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 180_000,
    expect: { poll: { timeout: 20_000 } },
  },
});
