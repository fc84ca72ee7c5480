import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

const HEADER = '# Secrets for `wrangler dev` on this machine alone; never committed.\n';
const NEEDED = ['SESSION_SECRET', 'DEMO_CLIENT_SECRET', 'ADMIN_TOKEN'];

/** A mode given to `writeFileSync` counts for a new file only. */
const OWNER_ALONE = 0o600;

/**
 * Makes sure that the file of local secrets has those that `npm run dev` needs: creates it with new random secrets if it
 * is missing, adds missing ones, and leaves the others unchanged. Also makes it unreadable for other users of this
 * machine. `fixed` are values that replace existing ones. Returns all its values.
 */
export function ensureDevVars(path, fixed = {}) {
  const exists = existsSync(path);
  if (exists) chmodSync(path, OWNER_ALONE);
  const text = withFixed(exists ? readFileSync(path, 'utf8') : HEADER, fixed);
  const values = parse(text);
  const added = NEEDED.filter((name) => !values[name]).map((name) => {
    values[name] = randomBytes(32).toString('base64url');
    return `${name}=${values[name]}\n`;
  });
  if (added.length > 0 || Object.keys(fixed).length > 0) {
    const gap = text.endsWith('\n') ? '' : '\n';
    writeFileSync(path, text + gap + added.join(''), { mode: OWNER_ALONE });
  }
  return values;
}

function withFixed(text, fixed) {
  const others = text.split('\n').filter((line) => !Object.hasOwn(fixed, line.split('=', 1)[0].trim()));
  return [...others.filter(Boolean), ...Object.entries(fixed).map((pair) => pair.join('=')), ''].join('\n');
}

/** The values in the file of local secrets; none if there is no such file. */
export function readDevVars(path) {
  return existsSync(path) ? parse(readFileSync(path, 'utf8')) : {};
}

/** As wrangler reads it: `export`, quotes and comments are no part of a value, nor is a byte order mark of a name. */
function parse(text) {
  return { ...parseEnv(text.replace(/^\ufeff/, '')) };
}
