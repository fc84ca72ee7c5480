import { describe, expect, it } from 'vitest';
import { ERROR_CODES } from '../../../src/error-kinds.ts';
import { DrawbridgeError } from '../../../src/errors.ts';
import type { Env } from '../../../src/settings/env.ts';
import { wordsForPeople } from '../../../src/web/errors/for-people.ts';
import { stage, startLogin } from '../../flows/journey.ts';

/** Words of the protocol, and of those who configure it. */
const JARGON =
  /`|\b(?:token|endpoint|scope|issuer|client|metadata|parameter|OAuth|OpenID|KiB|cookies|nonce)\b/i;
/** Codes that only programs and operators get, or whose cause is a browser without cookies. */
const NOT_FOR_USERS = [
  'state_mismatch',
  'invalid_token',
  'method_not_allowed',
  'operator_required',
  'invalid_client',
  'invalid_grant',
  'invalid_target',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'expired_token',
  'temporarily_unavailable',
];

describe('an error for people', () => {
  it.each(ERROR_CODES.filter((code) => !NOT_FOR_USERS.includes(code)))('%s speaks no protocol', (code) => {
    const { title, description, hint } = wordsForPeople(new DrawbridgeError(code));
    expect([title, description, hint].filter((text) => JARGON.test(text))).toEqual([]);
  });

  it('keeps words of its own that name no setting', () => {
    const error = new DrawbridgeError('not_allowed', { hint: 'Ask Ada.' });
    expect(wordsForPeople(error)).toBe(error);
  });

  it('has the usual words where its own are for the operator', () => {
    const error = new DrawbridgeError('provider_unreachable', { hint: 'Check the `issuer` setting.' });
    expect(wordsForPeople(error)).toMatchObject({ hint: 'Wait a moment and try again.' });
  });

  const failed = async (own: Env) => {
    const { op, visitor } = await stage({}, own);
    op.answers['/token'] = () => Response.json({ error: 'invalid_client' }, { status: 401 });
    return (await visitor.get(op.callback(await startLogin(visitor)))).text();
  };

  it('leaves what to check at the provider to the operator, folded away', async () => {
    const page = await failed({});
    expect(page).toContain('<h1>The sign-in did not work</h1>');
    expect(page).toMatch(/<details><summary>For the operator<\/summary>.*client_id/s);
  });

  it('is the whole error for developers (INSPECT)', async () => {
    const page = await failed({ INSPECT: true });
    expect(page).not.toContain('For the operator');
    expect(page).toMatch(/What to do:.*client_id/s);
  });
});
