import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const MODULE = fileURLToPath(new URL('../../scripts/orphaned.mjs', import.meta.url));
const PROGRAM = `
  import { whenOrphaned } from ${JSON.stringify(MODULE)};
  const waiting = setInterval(() => {}, 1000);
  whenOrphaned(() => { console.log('ended'); clearInterval(waiting); });
  console.log('started');
`;

it('ends with the shell that npm started it in, whose end no signal tells', async () => {
  const quoted = `'${PROGRAM.replaceAll("'", `'\\''`)}'`;
  const shell = spawn('sh', ['-c', `"${process.execPath}" --input-type=module -e ${quoted}; true`], {
    env: { ...process.env, npm_lifecycle_event: 'start' },
  });
  shell.stdout.setEncoding('utf8');
  const lines: string[] = [];
  shell.stdout.on('data', (text: string) => {
    lines.push(...text.trim().split('\n'));
    if (lines.includes('started')) shell.kill('SIGKILL');
  });
  // Its output is closed when the program, which has it too, has ended.
  await once(shell.stdout, 'close');
  expect(lines).toEqual(['started', 'ended']);
});
