import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { ensureDevVars } from '../../scripts/dev-vars.mjs';
import { freePort, runDev } from './dev-server.mjs';

interface Process {
  readonly pid: number;
  readonly parent: number;
}

/** Every process that runs now; those that have ended and wait to be reaped are none. */
function processes(): Process[] {
  const rows = existsSync('/proc/self/stat')
    ? readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(statOf)
    : execFileSync('ps', ['-axo', 'pid=,state=,ppid='], { encoding: 'utf8' }).split('\n');
  return rows.flatMap((row) => {
    const [pid, state, parent] = row.trim().split(/\s+/);
    return !pid || state?.startsWith('Z') ? [] : [{ pid: Number(pid), parent: Number(parent) }];
  });
}

/** `pid state ppid`; empty if it ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').replace(/\(.*\) /s, '');
  } catch {
    return '';
  }
}

/** Ids of the processes that the given one has started, and those have, and so on. */
function descendants(pid: number, all = processes()): number[] {
  const children = all.filter(({ parent }) => parent === pid);
  return children.flatMap((child) => [child.pid, ...descendants(child.pid, all)]);
}

describe('npm run dev', () => {
  it('starts both, prints their addresses, and Ctrl-C leaves no process', async () => {
    const [port, demoPort] = [await freePort(), await freePort()];
    const dev = runDev({ port, demoPort });
    await dev.ready();
    expect((await fetch(`http://localhost:${port}/healthz`)).status).toBe(200);
    const started = descendants(dev.pid as number);
    expect(started.length).toBeGreaterThan(2);
    const { code, output } = await dev.stop();
    expect(code).toBe(0);
    expect(output).toContain(`http://localhost:${port}`);
    expect(output).toContain(`http://localhost:${demoPort}`);
    const left = () => processes().filter((running) => started.includes(running.pid));
    await expect.poll(left).toEqual([]);
  });

  it('names a port that is taken, and how to pick another', async () => {
    const taken = Number(new URL(inject('origin')).port);
    const { code, output } = await runDev({ port: taken, demoPort: await freePort() }).ended;
    expect(code).toBe(1);
    expect(output.trim().split('\n')).toEqual([expect.stringContaining(`Port ${taken} is in use`)]);
  });

  it('names the demo port that is taken', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port: taken } = server.address() as { port: number };
    const { code, output } = await runDev({ port: await freePort(), demoPort: taken }).ended;
    server.close();
    expect(code).toBe(1);
    expect(output).toContain(`DEMO_PORT=${taken + 1}`);
  });
});

describe('.dev.vars', () => {
  const inFolder = (use: (path: string) => void) => {
    const folder = mkdtempSync(join(tmpdir(), 'dev-vars-'));
    try {
      use(join(folder, '.dev.vars'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  };

  it('is written with fresh secrets that only its owner can read', () => {
    inFolder((path) => {
      const { SESSION_SECRET, DEMO_CLIENT_SECRET } = ensureDevVars(path);
      expect(SESSION_SECRET).toMatch(/^[\w-]{43}$/);
      expect(DEMO_CLIENT_SECRET).not.toBe(SESSION_SECRET);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
  });

  it('that others could read is closed to them, even if nothing is added', () => {
    inFolder((path) => {
      ensureDevVars(path);
      chmodSync(path, 0o644);
      ensureDevVars(path);
      expect(statSync(path).mode & 0o777).toBe(0o600);
    });
  });

  it('that is there keeps what it holds, and gets what it lacks', () => {
    inFolder((path) => {
      writeFileSync(path, '# mine\nGOOGLE_CLIENT_SECRET="kept"\nSESSION_SECRET=my-own');
      ensureDevVars(path);
      expect(readFileSync(path, 'utf8')).toMatch(
        /^# mine\nGOOGLE_CLIENT_SECRET="kept"\nSESSION_SECRET=my-own\nDEMO_CLIENT_SECRET=[\w-]{43}\nADMIN_TOKEN=[\w-]{43}\n$/,
      );
    });
  });
});
