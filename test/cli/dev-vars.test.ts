import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unstable_getVarsForDev } from 'wrangler';
import { ensureDevVars, readDevVars } from '../../scripts/dev-vars.mjs';

const folder = mkdtempSync(join(tmpdir(), 'dev-vars-'));
const path = join(folder, '.dev.vars');
const toml = join(folder, 'wrangler.toml');
writeFileSync(toml, 'name = "dev-vars-test"\n');
afterAll(() => rmSync(folder, { recursive: true }));

/** What the Worker of `wrangler dev` gets. */
function asWranglerReads(): Record<string, unknown> {
  const vars = Object.entries(unstable_getVarsForDev(toml, undefined, {}, undefined, true));
  return Object.fromEntries(vars.map(([name, { value }]) => [name, value]));
}

describe('.dev.vars', () => {
  it.each([
    'ADMIN_TOKEN=one',
    ' ADMIN_TOKEN = "one" ',
    "ADMIN_TOKEN='one'",
    'export ADMIN_TOKEN=one',
    'ADMIN_TOKEN=one # for the admin pages',
    'ADMIN_TOKEN="one" # for the admin pages',
    'ADMIN_TOKEN=one#two',
    'ADMIN_TOKEN="one\\ntwo"',
    'ADMIN_TOKEN="one\ntwo"',
    '\ufeffADMIN_TOKEN=one\r\nDEMO=true\r\n',
    'admin_token=one',
    'PROVIDERS=\'{"op":{"issuer":"https://op.example"}}\'',
    '# ADMIN_TOKEN=one',
    'ADMIN_TOKEN=one\nADMIN_TOKEN=two',
  ])('is read as wrangler reads it: %j', (text) => {
    writeFileSync(path, text);
    expect(readDevVars(path)).toEqual(asWranglerReads());
  });

  it.each(['export SESSION_SECRET=own', 'SESSION_SECRET=own # from staging'])(
    'keeps a secret that is there, however it is written: %s',
    (line) => {
      writeFileSync(path, `${line}\n`);
      expect(ensureDevVars(path)).toMatchObject({ SESSION_SECRET: 'own' });
      expect(asWranglerReads()).toMatchObject({ SESSION_SECRET: 'own' });
      expect(readFileSync(path, 'utf8').match(/SESSION_SECRET/g)).toHaveLength(1);
    },
  );
});
