import { DrawbridgeError } from '../../errors.ts';

/**
 * Pure: what to say of a form that was not passed on because a sign-in is needed first. The browser still has what was
 * entered, and sends it again when the page is reloaded. Any other error is returned as it is.
 */
export function ofUnsentForm(error: DrawbridgeError): DrawbridgeError {
  const { code, title, description, detail, context } = error;
  if (context.loginUrl === undefined) return error;
  return new DrawbridgeError(code, {
    title,
    description: `${description} What you sent was not passed on.`,
    hint: 'Sign in with the button, which opens another tab, then reload this page to send it again.',
    ...(detail !== undefined && { detail }),
    cause: error,
  }).with(context);
}
