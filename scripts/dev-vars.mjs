import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

const HEADER = '# Secrets for `wrangler dev` on this machine alone; never committed.\n';
const NEEDED = ['SESSION_SECRET', 'DEMO_CLIENT_SECRET', 'ADMIN_TOKEN'];

/**
 * Makes sure that the file of local secrets holds those that `npm run dev` needs: writes it with fresh random
 * ones if it is missing, adds what it lacks, and changes nothing that is there. Returns all its values.
 */
export function ensureDevVars(path) {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : HEADER;
  const values = parse(text);
  const added = NEEDED.filter((name) => !values[name]).map((name) => {
    values[name] = randomBytes(32).toString('base64url');
    return `${name}=${values[name]}\n`;
  });
  if (added.length > 0) {
    const gap = text.endsWith('\n') ? '' : '\n';
    writeFileSync(path, text + gap + added.join(''), { mode: 0o600 });
  }
  return values;
}

/** The values in the file of local secrets; none if there is no such file. */
export function readDevVars(path) {
  return existsSync(path) ? parse(readFileSync(path, 'utf8')) : {};
}

function parse(text) {
  const pairs = text.split('\n').map((line) => /^\s*([A-Z][A-Z0-9_]*)\s*=\s*(.*?)\s*$/.exec(line));
  return Object.fromEntries(
    pairs.filter(Boolean).map(([, name, value]) => [name, value.replace(/^(["'])(.*)\1$/, '$2')]),
  );
}
