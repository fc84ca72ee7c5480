import type { Context } from 'hono';
import { DrawbridgeError } from '../errors.ts';

const FORM = /^application\/x-www-form-urlencoded\b/i;
const MAX_FORM_BYTES = 64 * 1024;

/**
 * The parameters of a request: of the query, or of the form that a POST carries. Throws `invalid_request` for a
 * POST with anything else, and for more than 64 KiB.
 */
export async function readParameters(c: Context): Promise<URLSearchParams> {
  if (c.req.method === 'GET') return new URL(c.req.url).searchParams;
  const length = Number(c.req.header('content-length') ?? 0);
  if (!FORM.test(c.req.header('content-type') ?? '') || length > MAX_FORM_BYTES) {
    throw new DrawbridgeError('invalid_request', { detail: 'the POST carries no form, or a huge one' });
  }
  const body = await c.req.text();
  if (body.length > MAX_FORM_BYTES) throw new DrawbridgeError('invalid_request', { detail: 'huge form' });
  return new URLSearchParams(body);
}
