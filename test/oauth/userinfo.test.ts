import { describe, expect, it } from 'vitest';
import { joined } from '../../src/oauth/userinfo.ts';

describe('the claims of an ID token and of userinfo', () => {
  it.each<[string, object, object, object]>([
    ['complete each other', { name: 'Ada' }, { email: 'a@x' }, { name: 'Ada', email: 'a@x' }],
    ['differ: the ID token counts', { name: 'Other' }, { name: 'Ada' }, { name: 'Ada' }],
    [
      'verify no address of the other: the one of the ID token',
      { email: 'b@x', email_verified: true },
      { email: 'a@x' },
      { email: 'a@x' },
    ],
    [
      'verify no address of the other: the one of userinfo',
      { email: 'b@x', email_verified: false },
      { email_verified: true },
      { email: 'b@x', email_verified: false },
    ],
    [
      'verify no address that only the other has',
      { email: 'b@x' },
      { email_verified: true },
      { email: 'b@x' },
    ],
    [
      'verify the same address',
      { email: 'a@x', email_verified: true },
      { email: 'a@x' },
      { email: 'a@x', email_verified: true },
    ],
    [
      'say the same of telephone numbers',
      { phone_number: '+2', phone_number_verified: true },
      { phone_number: '+1' },
      { phone_number: '+1' },
    ],
  ])('%s', (_, told, known, expected) => {
    expect(joined({ sub: 'u', ...told }, { sub: 'u', ...known })).toEqual({ sub: 'u', ...expected });
  });
});
