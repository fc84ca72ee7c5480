import { execFileSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, inject, it } from 'vitest';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const TYPED = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' })
  .filter((path) => /^[\w-]+\/tsconfig\.json$/.test(path))
  .map((path) => path.split('/')[0] ?? '');

describe.each(TYPED)('examples/%s', (name) => {
  it('passes its own `npm run types` against the installed package', () => {
    const folder = join(inject('clean'), 'examples', name);
    cpSync(join(EXAMPLES, name), folder, {
      recursive: true,
      filter: (path) => !/node_modules|\.wrangler|\.dev\.vars/.test(path),
    });
    const { scripts } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
      scripts: { types: string };
    };
    for (const line of scripts.types.split(' && ')) {
      const output = execFileSync('npx', line.split(' '), { cwd: folder, encoding: 'utf8' });
      if (line === 'tsc') expect(output).toBe('');
    }
  });
});
