import { describe, expect, it } from 'vitest';
import { KEY, run, serve } from './stage.ts';

const COMMANDS = ['login', 'token', 'curl', 'list', 'logout'];

describe('the command line', () => {
  it.each<{ args: string[] }>([
    { args: ['login', 'demo', '--expires-in', ''] },
    { args: ['login', 'demo', '--upstream', ''] },
    { args: ['login', 'demo', '--upstream', 'api', '--upstream', ' '] },
    { args: ['login', 'demo', '--scope', ''] },
    { args: ['login', ''] },
    { args: ['token', 'demo', '--scope', ''] },
    { args: ['logout', ''] },
  ])(
    'takes nothing for no limit, nor for everything, as from a variable that is not set: $args',
    async ({ args }) => {
      const { origin, seen } = await serve({});
      const { code, err } = await run([...args, '--server', origin], { DRAWBRIDGE_KEY: KEY });
      expect({ code, seen }).toEqual({ code: 64, seen: [] });
      expect(err).toContain('is empty');
    },
  );

  it.each<[string[], number]>([
    [[], 64],
    [['--help'], 0],
    [['--version'], 0],
    [['help'], 0],
    [['help', 'token'], 0],
    [['frobnicate'], 64],
    [['help', 'frobnicate'], 64],
    [['--server', 'https://login.example.com', 'token', 'demo'], 64],
    [['token'], 64],
    [['token', 'demo', '--nonsense'], 64],
    ...COMMANDS.map((name): [string[], number] => [[name, '--help'], 0]),
  ])('%j ends with %i', async (args, code) => {
    const result = await run(args);
    expect(result.code).toBe(code);
    expect(result.out + result.err).not.toContain('    at ');
  });

  it('says what it knows where it does not know a command', async () => {
    expect((await run(['tokn'])).err).toContain('There is no command "tokn". Commands: login, token,');
    expect((await run(['--server', 'x'])).err).toContain('The command comes before `--server`');
    expect((await run(['help', 'token'])).out).toContain('Usage: drawbridge token');
    expect((await run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});
