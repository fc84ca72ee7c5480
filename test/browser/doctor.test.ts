import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { freePort } from './dev-server.mjs';

const SECRET = 'qV3x8ZpL0aTn5RkYw2Jd7MfHs9UcBg4E';
const HEALTHY = `
name = "doctor-test"
compatibility_date = "2026-10-30"
[vars.PROVIDERS.op]
issuer = "https://op.example"
client_id = "client-1"
[[ratelimits]]
name = "LIMITER"
namespace_id = "1"
simple = { limit = 10, period = 60 }
[[ratelimits]]
name = "FAILURE_LIMITER"
namespace_id = "2"
simple = { limit = 10, period = 60 }
`;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'doctor-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** Runs the command; `toml` and `secrets` are the files it looks at. */
function doctor(args: string[], own: NodeJS.ProcessEnv = {}): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const env = { ...process.env, NO_COLOR: '1', ADMIN_TOKEN: '', ...own };
    const child = execFile(
      process.execPath,
      ['scripts/doctor.mjs', ...args],
      { env },
      (_, stdout, stderr) => {
        resolve({ code: child.exitCode ?? -1, output: stdout + stderr });
      },
    );
  });
}

function files(toml: string, secrets: string): string[] {
  const path = join(mkdtempSync(join(directory, 'case-')), 'wrangler.toml');
  writeFileSync(path, toml);
  writeFileSync(join(path, '..', '.dev.vars'), secrets);
  return ['--config', path];
}

describe('npm run doctor', () => {
  it.each([
    ['', 1],
    ['run_worker_first = ["/*"]', 1],
    ['run_worker_first = true', 0],
  ])('finds files behind an upstream that are served without the Worker: %s', async (line, expected) => {
    const toml = `${HEALTHY}
[vars.UPSTREAMS.app]
path = "/app/"
binding = "ASSETS"
kind = "app"
[assets]
directory = "."
binding = "ASSETS"
${line}
`;
    const secrets = `SESSION_SECRET=${SECRET}\nOP_CLIENT_SECRET=a-secret-of-this-test\n`;
    const { code, output } = await doctor([...files(toml, secrets), '--offline']);
    expect([line, code, output.includes('assets.run_worker_first')]).toEqual([
      line,
      expected,
      expected === 1,
    ]);
  });

  it.each([
    ['at the end, in the last table', (toml: string) => `${toml}\nPUBLIC_ORIGIN = "https://app.example"\n`],
    ['above the first table', (toml: string) => `PUBLIC_ORIGIN = "https://app.example"\n${toml}`],
    ['as a table beside the vars', (toml: string) => `${toml}\n[UPSTREAMS.api]\npath = "/api/"\n`],
  ])('names a setting that is outside of [vars]: %s', async (_, change) => {
    const secrets = `SESSION_SECRET=${SECRET}\nOP_CLIENT_SECRET=a-secret-of-this-test\n`;
    const { code, output } = await doctor([...files(change(HEALTHY), secrets), '--offline']);
    expect(code).toBe(1);
    expect(output).toMatch(
      /error {4}(?:PUBLIC_ORIGIN|UPSTREAMS) is outside `\[vars\]` in wrangler\.toml, so it does nothing\./,
    );
  });

  it('says that a secret is bound from Secrets Store, as the Worker will', async () => {
    const toml = `${HEALTHY}
[[secrets_store_secrets]]
binding = "OP_CLIENT_SECRET"
store_id = "1"
secret_name = "op"
`;
    const { output } = await doctor([...files(toml, `SESSION_SECRET=${SECRET}\n`), '--offline']);
    expect(output).toContain('OP_CLIENT_SECRET is a binding, not text.');
  });

  it('does not take what an unseen secret would enable for an error before a deployment', async () => {
    const toml = `${HEALTHY}
[vars.UPSTREAMS.github]
path = "/github/"
target = "https://api.github.com/"
provider = "github"
[vars.UPSTREAMS.other]
path = "/other/"
target = "https://other.example/"
provider = "nobody"
`;
    const unseen = { CLOUDFLARE_API_TOKEN: '', HOME: directory, XDG_CONFIG_HOME: directory };
    const { output } = await doctor([...files(toml, ''), '--deploy', '--offline'], unseen);
    expect(output).toMatch(/warning {2}UPSTREAMS\.github\.provider can’t be checked from here/);
    expect(output).toMatch(/error {4}UPSTREAMS\.other\.provider names no provider/);
  });

  it('ends with 0 for a healthy set-up, as JSON too, offline too', async () => {
    const place = files(HEALTHY, `SESSION_SECRET=${SECRET}\nOP_CLIENT_SECRET=a-secret-of-this-test\n`);
    const { code, output } = await doctor([...place, '--offline', '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(output)).toMatchObject({ status: 'ok' });
    expect(output).not.toContain(SECRET);
  });

  it('names every fault of the files at once, and ends with 1', async () => {
    const broken = `${HEALTHY.replace('[vars', '[vars]\nADMIN_TOKEN = "x"\n[vars')}
[vars.PROVIDERS.two]
preset = "gogle"
client_id = "x"
[[kv_namespaces]]
binding = "TOKENS"
`;
    const { code, output } = await doctor([...files(broken, 'SESSION_SECRET=short\n'), '--offline']);
    expect(code).toBe(1);
    for (const line of [
      'SESSION_SECRET has an entry with fewer than 32 characters.',
      'OP_CLIENT_SECRET is missing.',
      'PROVIDERS.two.preset names no preset.',
      'SESSION_KEEPER is missing: a Durable Object namespace.',
    ]) {
      expect(output).toContain(`error    ${line}`);
    }
    expect(output).toContain('warning  ADMIN_TOKEN is in wrangler.toml');
  });

  it('finds no error before there is a provider: `npm run dev` brings one', async () => {
    const toml = 'name = "x"\ncompatibility_date = "2026-10-30"\n';
    const secrets = `SESSION_SECRET=${SECRET}\nDEMO_CLIENT_SECRET=${SECRET}\nADMIN_TOKEN=${SECRET}\n`;
    const { code, output } = await doctor([...files(toml, secrets)]);
    expect(output).toContain('warning  PROVIDERS names no provider of your own yet');
    expect(output).toMatch(/^0 errors/m);
    expect(code).toBe(0);
  });

  it('says of a wrangler.toml that can’t be read nothing but that', async () => {
    const { code, output } = await doctor([
      ...files(`${HEALTHY}\n[vars`, `SESSION_SECRET=${SECRET}\n`),
      '--json',
    ]);
    const { findings } = JSON.parse(output) as { findings: { check: string; level: string }[] };
    expect(findings.map(({ check, level }) => [check, level])).toEqual([['wrangler.toml', 'fault']]);
    expect(code).toBe(1);
  });

  it('does not take the top level for an environment that is not there', async () => {
    const place = files(HEALTHY, `SESSION_SECRET=${SECRET}\nOP_CLIENT_SECRET=a-secret-of-this-test\n`);
    const { code, output } = await doctor([...place, '--offline', '--env', 'staging']);
    expect(output).toContain('error    env.staging is not in wrangler.toml.');
    expect(code).toBe(1);
  });

  it('leaves the secret of the demo provider alone, which is for `npm run dev`', async () => {
    const secrets = `SESSION_SECRET=${SECRET}\nOP_CLIENT_SECRET=a-secret-of-this-test\nDEMO_CLIENT_SECRET=${SECRET}\n`;
    const { output } = await doctor([...files(HEALTHY, secrets), '--offline']);
    expect(output).not.toContain('DEMO_CLIENT_SECRET');
  });

  it('tries the demo provider: credentials, keys, clock, and whether the redirect URI is registered', async () => {
    const ports = { PORT: new URL(inject('origin')).port, DEMO_PORT: new URL(inject('issuer')).port };
    const { code, output } = await doctor(['--dev'], ports);
    expect(output).toMatch(/ok +client authentication is accepted/);
    expect(output).toMatch(/ok +redirect_uri is \S+\/callback and is registered\./);
    expect(output).toMatch(/ok +clock agrees/);
    expect(code).toBe(0);
  });

  it('asks a Worker with BASE_PATH below it', async () => {
    const asked: (string | undefined)[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"findings":[]}');
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const { port } = server.address() as { port: number };
    const { code } = await doctor([`http://localhost:${port}/auth/`], { ADMIN_TOKEN: SECRET });
    await new Promise((resolve) => server.close(resolve));
    expect({ code, asked }).toEqual({ code: 0, asked: ['/auth/admin/doctor'] });
  });

  it('sends the token to nobody over plain http', async () => {
    const { code, output } = await doctor(['http://login.example.com'], { ADMIN_TOKEN: SECRET });
    expect(code).toBe(1);
    expect(output).toContain('The token can’t be sent to http://login.example.com over plain http.');
  });

  it('says why a Worker can’t be asked', async () => {
    const closed = `http://localhost:${await freePort()}`;
    const { output } = await doctor([closed], { ADMIN_TOKEN: SECRET });
    expect(output).toMatch(/error +address localhost:\d+ refuses the connection/);
  });
});
