import { readFileSync, writeFileSync } from 'node:fs';
import { PRESETS } from '../src/providers/presets.ts';
import { settingPrefix } from '../src/settings/setting-names.ts';
import { DESCRIBED, ROWS } from '../test/providers/rows.ts';
import { readArguments } from './arguments.mjs';

const PAGE = 'docs/providers.md';
const USAGE = `Usage: npm run providers [-- --check]

Writes the tables of ${PAGE} from the presets and from what the tests do with them.
With --check nothing is written; exit 1 if the page is not up to date.`;

const { values } = readArguments(USAGE, { check: { type: 'boolean' } });
const committed = readFileSync(PAGE, 'utf8');
const current = withTable(withTable(committed, 'presets', presetTable()), 'tests', testTable());
if (!values.check) writeFileSync(PAGE, current);
else if (current !== committed) {
  console.error(`${PAGE} is not up to date. Run \`npm run providers\`.`);
  process.exit(1);
}

/** The page with the table between the two comments of that name replaced. */
function withTable(page, name, table) {
  const between = new RegExp(`(<!-- ${name} -->\n)[^]*?(<!-- /${name} -->)`);
  if (!between.test(page)) throw new Error(`${PAGE} has no place for the table “${name}”`);
  return page.replace(between, (_, start, end) => `${start}\n${table}\n${end}`);
}

function presetTable() {
  const rows = sorted(Object.entries(PRESETS)).map(([id, preset]) => [
    preset.console_url ? `[${preset.display_name}](${preset.console_url})` : preset.display_name,
    `\`${id}\``,
    isOpenId(preset) ? 'OpenID' : 'OAuth',
    scopes(preset.scope),
    preset.refresh_tokens,
    toGive(id, preset),
    preset.registration,
  ]);
  return markdown(
    ['provider', 'id', 'kind', 'scope', 'refresh tokens', 'to set', 'where the redirect URI goes'],
    rows,
  );
}

function testTable() {
  const behaviours = new Map(ROWS);
  const rows = sorted(Object.entries(PRESETS)).map(([id, preset]) => {
    const is = behaviours.get(id);
    return [
      `\`${id}\``,
      DESCRIBED[id] ? 'its own' : 'its class',
      preset.token_endpoint_auth_method ?? 'client_secret_basic',
      preset.pkce === false ? 'not sent' : 'S256',
      '✓',
      is.refreshTokens === 'none'
        ? 'gives none: says so'
        : `✓ ${is.refreshTokens === 'kept' ? 'same token again' : 'new token each time'}`,
      '✓',
      is.revoke ? '✓' : 'has no endpoint: signs out here',
    ];
  });
  return markdown(
    ['id', 'described by', 'client authentication', 'PKCE', 'login', 'refresh', 'error', 'revoke'],
    rows,
  );
}

function sorted(presets) {
  return presets.sort(([, a], [, b]) => a.display_name.localeCompare(b.display_name, 'en'));
}

function isOpenId({ scope = '' }) {
  return scope.split(' ').includes('openid');
}

function scopes(scope) {
  return scope
    ? scope
        .split(' ')
        .map((name) => `\`${name}\``)
        .join(' ')
    : '—';
}

/** The settings that this preset needs; the client id always. */
function toGive(id, { variables = {}, token_endpoint_auth_method: method, signed_client_secret: signed }) {
  const prefix = settingPrefix(id);
  const secret = signed
    ? [`\`${prefix}_PRIVATE_KEY\``]
    : method === 'none'
      ? []
      : [`\`${prefix}_CLIENT_SECRET\``];
  const own = Object.entries(variables).map(
    ([name, what]) => `\`${prefix}_${settingPrefix(name)}\`: ${what}`,
  );
  return [`\`${prefix}_CLIENT_ID\``, ...secret, ...own].join('<br>');
}

function markdown(head, rows) {
  const line = (cells) => `| ${cells.map((cell) => (cell ?? '—').replaceAll('|', '\\|')).join(' | ')} |\n`;
  return line(head) + line(head.map(() => '---')) + rows.map(line).join('');
}
