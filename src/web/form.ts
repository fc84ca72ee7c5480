import type { Context } from 'hono';
import { DrawbridgeError } from '../errors.ts';
import { limitedText } from '../limited-text.ts';
import type { AppEnv } from './app-env.ts';

const FORM = /^application\/x-www-form-urlencoded\b/i;
const MAX_FORM_BYTES = 64 * 1024;

/**
 * The parameters of a request: of the query, or of the form that a POST carries. Throws `invalid_request` for a
 * POST with anything else, and for more than 64 KiB.
 */
export function readParameters(c: Context<AppEnv>): URLSearchParams | Promise<URLSearchParams> {
  return c.req.method === 'GET' ? new URLSearchParams(queryOf(c.req.url)) : readForm(c);
}

async function readForm(c: Context<AppEnv>): Promise<URLSearchParams> {
  if (!isFormType(c)) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The request contains no form.',
      hint: 'Send the parameters in the body, as `application/x-www-form-urlencoded`.',
      detail: 'the POST carries no form',
    });
  }
  try {
    const form = new URLSearchParams(await limitedText(c.req.raw.body, MAX_FORM_BYTES));
    c.set('form', form);
    return form;
  } catch (cause) {
    throw new DrawbridgeError('invalid_request', {
      description: 'The form is larger than 64 KiB, or it was cut off.',
      hint: 'Send it again, with only the fields that this address needs.',
      detail: 'the form is huge or broken off',
      cause,
    });
  }
}

/** True for a request whose body says that it is a form. */
export function isFormType(c: Context<AppEnv>): boolean {
  return FORM.test(c.req.header('content-type') ?? '');
}

/** The query of a URL, without the question mark; empty if there is none. */
function queryOf(url: string): string {
  const mark = url.indexOf('?');
  return mark === -1 ? '' : url.slice(mark + 1);
}
