import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { describe, expect, it } from 'vitest';
import { readDevVars } from '../../scripts/dev-vars.mjs';
import { ISSUER, ORIGIN } from './browser.ts';

const { ADMIN_TOKEN = '' } = readDevVars('.dev.vars');

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the command as a person at a terminal would; nothing is typed. */
function run(script: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  const environment = {
    ...process.env,
    PORT: new URL(ORIGIN).port,
    DRAWBRIDGE_URL: '',
    ADMIN_TOKEN: '',
    ...env,
  };
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [`scripts/${script}`, ...args],
      { env: environment, maxBuffer: 2 ** 28 },
      (error, out, err) => resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
    child.stdin?.end();
  });
}

const tokens = (...args: string[]) => run('tokens.mjs', args);

interface Login {
  readonly sub: string;
  readonly session: string;
  readonly at: number;
}

/** Signs a user in as `npm run seed` does, and returns the id of the session. */
async function seeded(): Promise<string> {
  const since = Math.floor(Date.now() / 1000);
  expect((await run('seed.mjs', ['1'])).code).toBe(0);
  const find = async () => {
    const { out } = await tokens('logins', '--local', '--json', '--limit', '50');
    const { logins } = JSON.parse(out) as { logins: Login[] };
    return logins.find(({ sub, at }) => sub === 'ada-lovelace-1' && at >= since)?.session;
  };
  await expect.poll(find).toBeDefined();
  return (await find()) as string;
}

/** A Worker that gives these answers, one after the other. */
async function fake(answers: readonly { status: number; body: object }[], asked: string[] = []) {
  const left = answers.values();
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    const { status, body } = left.next().value ?? { status: 500, body: {} };
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  const { port } = server.address() as { port: number };
  const close = () => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  };
  return { origin: `http://localhost:${port}`, close };
}

describe('npm run tokens', () => {
  it('lists, shows, refreshes, reveals and revokes a session, by the beginning of its id', async () => {
    const id = await seeded();
    const short = id.slice(0, 12);
    const listed = await tokens('list', '--local', '--sub', 'ada-lovelace-1');
    expect(listed.out).toMatch(/^SESSION +SUBJECT +GRANTS +SCOPE +UNTIL/);
    expect(listed.out).toContain(short);
    expect((await tokens('show', short, '--local')).out).toMatch(
      new RegExp(`session +${id}[\\s\\S]*signed_in`),
    );
    expect((await tokens('refresh', short, '--local')).out).toMatch(/^Refreshed\.[\s\S]*refreshed +demo/);
    const revealed = JSON.parse((await tokens('reveal', short, '--local', '--json')).out);
    const userinfo = await fetch(`${ISSUER}/me`, {
      headers: { authorization: `Bearer ${revealed.access_token}` },
    });
    expect(await userinfo.json()).toMatchObject({ sub: 'ada-lovelace-1' });
    expect(await tokens('revoke', short, '--local')).toMatchObject({ code: 0 });
    expect(await tokens('show', id, '--local')).toMatchObject({
      code: 1,
      err: expect.stringContaining('no session with this id'),
    });
  });

  it('exports JSON lines without a token, and ends all sessions of a user', async () => {
    const id = await seeded();
    const { out } = await tokens('export', '--local');
    const line = out.split('\n').find((candidate) => candidate.includes(id)) ?? '';
    expect(JSON.parse(line)).toMatchObject({ id, sub: 'ada-lovelace-1' });
    expect(out).not.toMatch(/access_token|eyJ/);
    expect((await tokens('revoke', '--provider', 'demo', '--sub', 'ada-lovelace-1', '--local')).out).toMatch(
      /^Ended \d+ sessions and 0 connections of ada-lovelace-1 at demo\./,
    );
  });

  it.each([
    ['no command', [], {}, 2, /^Usage:/],
    ['a command that is none', ['lsit', '--local'], {}, 2, /no command lsit/],
    ['no Worker named', ['list'], {}, 2, /Which Worker/],
    ['two Workers named', ['list', '--local', ORIGIN], {}, 2, /Give one Worker/],
    ['no id', ['show', '--local'], {}, 2, /Give the ID of one session/],
    ['half a user', ['revoke', '--sub', 'ada', '--local'], {}, 2, /both --provider and --sub/],
    ['no token', ['list', ORIGIN], {}, 2, /Set ADMIN_TOKEN/],
    ['a token for plain http', ['list', 'http://login.example.com'], { ADMIN_TOKEN }, 2, /Use https/],
    ['a wrong token', ['list', ORIGIN], { ADMIN_TOKEN: 'wrong' }, 1, /refused this ADMIN_TOKEN/],
    ['something that is no Drawbridge', ['list', ISSUER], { ADMIN_TOKEN }, 1, /not as Drawbridge would/],
    [
      'a session that is not there',
      ['show', '0'.repeat(64)],
      { ADMIN_TOKEN, DRAWBRIDGE_URL: ORIGIN },
      1,
      /not_found/,
    ],
  ])('with %s ends with what to do', async (_, args, env, code, message) => {
    const outcome = await run('tokens.mjs', args, env);
    expect(outcome.err).toMatch(message);
    expect(outcome.code).toBe(code);
  });

  it.each([
    ['/auth', '/auth/admin/sessions'],
    ['/auth/', '/auth/admin/sessions'],
    ['/auth/admin/sessions?limit=2#x', '/auth/admin/sessions'],
    ['/admin', '/admin/sessions'],
  ])('asks a Worker with BASE_PATH below it: %s', async (path, expected) => {
    const asked: string[] = [];
    const { origin, close } = await fake([{ status: 401, body: { error: 'not_signed_in' } }], asked);
    const outcome = await run('tokens.mjs', ['list', origin + path], { ADMIN_TOKEN });
    expect(asked.map((url) => url.split('?', 1)[0])).toEqual([expected]);
    expect(outcome).toMatchObject({
      code: 1,
      err: expect.stringContaining('With `BASE_PATH`, give the address'),
    });
    await close();
  });

  it('tells a Worker that can’t be reached from one without /admin', async () => {
    const { origin, close } = await fake([
      { status: 404, body: { error: 'not_found', error_description: 'There is no page at this address.' } },
    ]);
    const ask = () => run('tokens.mjs', ['list', origin], { ADMIN_TOKEN });
    expect(await ask()).toMatchObject({ code: 1, err: expect.stringContaining('secret put ADMIN_TOKEN') });
    await close();
    expect(await ask()).toMatchObject({ code: 1, err: expect.stringContaining('ECONNREFUSED') });
  });

  it('exports as many as --limit says, page by page, and no more', async () => {
    const asked: string[] = [];
    const { origin, close } = await fake(
      [
        { status: 200, body: { sessions: [{ id: 'a' }, { id: 'b' }], cursor: 'more' } },
        { status: 200, body: { sessions: [{ id: 'c' }], cursor: 'even more' } },
      ],
      asked,
    );
    const { out } = await run('tokens.mjs', ['export', '--limit', '3', '--provider', 'demo', origin], {
      ADMIN_TOKEN,
    });
    await close();
    expect(out).toBe('{"id":"a"}\n{"id":"b"}\n{"id":"c"}\n');
    expect(asked).toEqual([
      '/admin/sessions?provider=demo&limit=3',
      '/admin/sessions?provider=demo&cursor=more&limit=1',
    ]);
  });

  it.each(['0', '1.5', 'ten'])('refuses --limit %s', async (limit) => {
    const { code, err } = await run('tokens.mjs', ['export', '--local', '--limit', limit]);
    expect({ code, err }).toEqual({ code: 2, err: '--limit takes a whole number from 1.\n' });
  });

  it.each(['show', 'reveal', 'list', 'logins', 'export'])(
    '%s prints nothing that drives a terminal',
    async (command) => {
      const EVIL = 'x\u001b[2J\u009b31m\u202ey';
      const session = {
        id: 'a'.repeat(64),
        sub: EVIL,
        provider: EVIL,
        claims: [EVIL],
        access_token: EVIL,
        grants: [{ provider: EVIL, scope: EVIL }],
        timeline: [{ at: 0, event: EVIL, provider: EVIL, detail: EVIL }],
      };
      const logins = [{ at: 0, flow: EVIL, provider: EVIL, error: EVIL, detail: EVIL }];
      for (const json of [[], ['--json']]) {
        const { origin, close } = await fake([
          { status: 200, body: { ...session, sessions: [session], logins } },
        ]);
        const id = ['show', 'reveal'].includes(command) ? ['aaaaaa'] : [];
        const { out } = await run('tokens.mjs', [command, ...id, ...json, origin], { ADMIN_TOKEN });
        await close();
        expect(out).toContain('\\u001b[2J');
        expect(out).not.toMatch(/(?!\n)[\p{Cc}\p{Cf}]/u);
      }
    },
  );

  it('reseals page by page until there is none left', async () => {
    const { origin, close } = await fake([
      { status: 200, body: { sessions: 50, resealed: 50, unreadable: 0, cursor: 'more' } },
      { status: 200, body: { sessions: 7, resealed: 2, unreadable: 0 } },
      { status: 200, body: { connections: 3, resealed: 1, unreadable: 0 } },
    ]);
    const { out } = await run('tokens.mjs', ['reseal', origin], { ADMIN_TOKEN });
    await close();
    expect(out).toBe(
      'Checked 57 sessions and 3 connections, re-encrypted 53. Run it again until none is left.\n',
    );
  });

  it('says how many records `reseal` could not decrypt', async () => {
    const { origin, close } = await fake([
      { status: 200, body: { sessions: 7, resealed: 0, unreadable: 2 } },
      { status: 200, body: { connections: 3, resealed: 0, unreadable: 1 } },
    ]);
    const { out } = await run('tokens.mjs', ['reseal', origin], { ADMIN_TOKEN });
    await close();
    expect(out).toContain('re-encrypted 0. 3 could not be decrypted: ');
    expect(out).not.toContain('Remove the old secret');
  });
});
