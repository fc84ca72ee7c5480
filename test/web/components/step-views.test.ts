import { expect, it } from 'vitest';
import { stepViews } from '../../../src/web/components/step-views.ts';

const callback = {
  title: 'Callback',
  at: 0,
  request: { method: 'GET', url: 'https://app.example/callback?code=•••&state=a', headers: {} },
};
const tokenRequest = {
  title: 'Token request',
  at: 1,
  request: {
    method: 'POST',
    url: 'https://as.example/token',
    headers: {},
    body: 'grant_type=authorization_code&code=•••',
  },
};

it('says of a code that it is used once the token request has been sent (RFC 6749 §4.1.2)', () => {
  const notes = stepViews([callback, tokenRequest]).map(({ curlNote }) => curlNote);
  expect(notes).toEqual([expect.stringContaining('has been used'), expect.stringContaining('has been used')]);
});

it('says nothing of a code whose callback was refused', () => {
  expect(stepViews([callback])[0]?.curlNote).toBeUndefined();
});
