import { describe, expect, it } from 'vitest';
import type { Session } from '../../../src/sessions/session.ts';
import { nameOf } from '../../../src/web/user/home.tsx';

const named = (claims: Session['claims']) => nameOf({ claims });

describe('what a user is called', () => {
  it.each([
    [{ name: 'Ada', email: 'ada@example.com' }, 'Ada'],
    [{ name: '', preferred_username: 'ada' }, 'ada'],
    [{ name: 7, email: 'ada@example.com' }, 'ada@example.com'],
    [{ name: 'أحمد' }, 'أحمد'],
    [{ name: 'Bo \u202Eevil\u2066\n' }, 'Bo evil'],
    [{ name: '\u202E', email: 'bo@example.com' }, 'bo@example.com'],
  ])('%j is %s', (claims, name) => {
    expect(named(claims)).toBe(name);
  });

  it('is nothing without a name: a subject is none', () => {
    expect(named({})).toBeUndefined();
  });
});
