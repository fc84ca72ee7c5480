import type { Context } from 'hono';
import { isForm, isNavigation } from '../web/upstreams/origin-rules.ts';
import { refusalPage } from './refusal-page.ts';
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
  const { raw } = c.req;
  return isNavigation(raw) || isForm(raw) ? refusalPage(c, failure) : failureResponse(failure);
}
