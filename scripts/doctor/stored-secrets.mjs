import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const WRANGLER = fileURLToPath(new URL('../../node_modules/wrangler/bin/wrangler.js', import.meta.url));

/**
 * The names of the secrets that the deployed Worker has, by `wrangler secret list`. A Worker that is not there yet
 * has none (`isNew`). `reason` in place of `names` if they can't be listed.
 */
export function storedSecrets({ config, env, name }) {
  const where = Object.entries({ config, env, name }).flatMap(([option, value]) =>
    value ? [`--${option}`, value] : [],
  );
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    [WRANGLER, 'secret', 'list', '--format', 'json', ...where],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, CI: 'true', WRANGLER_SEND_METRICS: 'false' },
    },
  );
  if (status === 0) return { names: JSON.parse(stdout).map(({ name }) => name) };
  const said = stdout + stderr;
  if (/\b10007\b|not found|does not exist/i.test(said)) return { names: [], isNew: true };
  return {
    reason: /login|CLOUDFLARE_API_TOKEN|authenticat|oauth/i.test(said)
      ? 'nobody is logged in'
      : 'Cloudflare does not answer',
  };
}
