import type { Context } from 'hono';
import { html, raw } from 'hono/html';
import { isErrorCode } from '../error-kinds.ts';
import { DrawbridgeError } from '../errors.ts';
import { readTable } from '../settings/table.ts';
import { type Words, wordsForPeople } from '../web/errors/for-people.ts';
import { isForm } from '../web/upstreams/origin-rules.ts';
import type { Failure } from './results.ts';

/** Brought with the page: in the app's own Worker no route of ours may serve a stylesheet. The colors are those of style.css. */
const STYLE = `
:root { color-scheme: light dark; --stone: #f3f1ec; --surface: #fffefb; --line: #d8d3c6; --ink: #1b2326; --quiet: #565f60;
  --accent: #0b5c63; --on-accent: #fff }
@media (prefers-color-scheme: dark) {
  :root { --stone: #11171a; --surface: #192124; --line: #334045; --ink: #e8ebe8; --quiet: #a3aeae; --accent: #7cc7c9;
    --on-accent: #06292c }
}
* { box-sizing: border-box }
body { margin: 0; padding: 2rem 1rem; background: var(--stone); color: var(--ink); overflow-wrap: anywhere;
  font: 1rem/1.55 ui-sans-serif, system-ui, sans-serif }
main { max-width: 34rem; margin: 0 auto; padding: 1.5rem; background: var(--surface); border: 1px solid var(--line);
  border-radius: 10px }
h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; text-wrap: balance }
main > :last-child { margin-bottom: 0 }
.quiet { color: var(--quiet); font-size: .875rem }
.quiet:first-child { margin: 0 0 .35rem }
.button { display: inline-block; padding: .55rem 1rem; border-radius: 8px; background: var(--accent);
  color: var(--on-accent); font-weight: 600; text-decoration: none }
code { font: .875em ui-monospace, Menlo, Consolas, monospace }
.button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px }
@media (max-width: 30rem) { .button { display: block; text-align: center } }
`;
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'";

/** The page for a visit that an app refuses: what is missing, and the sign-in that brings it, if one does. */
export function refusalPage(c: Context, failure: Failure): Response | Promise<Response> {
  const { code, status, flow, login_url } = failure;
  const words = wordsFor(failure);
  const { name } = readTable('BRAND', Object(c.env).BRAND, '', []);
  // The tab of a form still has what was entered.
  const target = isForm(c.req.raw) ? raw(' target="_blank"') : '';
  c.header('cache-control', 'no-store');
  c.header('drawbridge-error', code);
  c.header('content-security-policy', POLICY);
  c.header('x-content-type-options', 'nosniff');
  c.status(status as 403);
  return c.html(html`<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${words.title}${typeof name === 'string' ? ` · ${name}` : ''}</title>
  <style>${raw(STYLE)}</style>
  <main>
    ${typeof name === 'string' ? html`<p class="quiet">${name}</p>` : ''}
    <h1>${words.title}</h1>
    <p>${words.description}</p>
    <p><strong>What to do:</strong> ${words.hint}</p>
    ${login_url === undefined ? '' : html`<p><a class="button" href="${login_url}"${target}>Sign in</a></p>`}
    <p class="quiet"><code>${code}</code> · flow <code>${flow}</code></p>
  </main>
</html>`);
}

/** Another version of Drawbridge at the other end of a binding may have codes of its own. */
function wordsFor({ code, error_description: description, hint }: Failure): Words {
  if (isErrorCode(code)) return wordsForPeople(new DrawbridgeError(code, { description, hint }));
  return { title: 'This can’t be opened', description, hint };
}
