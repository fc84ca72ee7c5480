import type { Context } from 'hono';
import { html } from 'hono/html';
import { isNavigation } from '../web/upstreams/origin-rules.ts';
import type { Failure } from './results.ts';

/** The JSON answer of a failure, in the form of every error of Drawbridge. */
export function failureResponse({ ok: _, code, status, ...told }: Failure): Response {
  return Response.json(
    { error: code, ...told },
    { status, headers: { 'cache-control': 'no-store', 'drawbridge-error': code } },
  );
}

/** The answer of a failure: a short page for a browser that shows it, else JSON. */
export function answerFailure(c: Context, failure: Failure): Response | Promise<Response> {
  return isNavigation(c.req.raw) ? failurePage(c, failure) : failureResponse(failure);
}

function failurePage(c: Context, failure: Failure): Response | Promise<Response> {
  const { code, status, error_description, hint, flow, login_url } = failure;
  c.header('cache-control', 'no-store');
  c.header('drawbridge-error', code);
  c.header('content-security-policy', "default-src 'none'; frame-ancestors 'none'; base-uri 'none'");
  c.header('x-content-type-options', 'nosniff');
  c.status(status as 403);
  return c.html(html`<!doctype html>
<html lang="en">
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>${error_description}</title>
  <h1>${error_description}</h1>
  <p>${hint}</p>
  ${login_url === undefined ? '' : html`<p><a href="${login_url}">Sign in</a></p>`}
  <p><small>${code}, ${flow}</small></p>
</html>`);
}
