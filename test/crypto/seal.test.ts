import { decodeProtectedHeader } from 'jose';
import { describe, expect, it } from 'vitest';
import { Sealer } from '../../src/crypto/seal.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../support/settings.ts';

const sealer = new Sealer([SESSION_SECRET]);

describe('sealing', () => {
  it('gives back what was sealed, as a compact JWE (dir, A256GCM, kid)', async () => {
    const sealed = await sealer.seal('session', { a: 1, text: 'ü' });
    expect(decodeProtectedHeader(sealed)).toEqual({ alg: 'dir', enc: 'A256GCM', kid: expect.any(String) });
    expect(await new Sealer([SESSION_SECRET]).open('session', sealed)).toEqual({ a: 1, text: 'ü' });
  });

  it('knows a session that it has sealed, as nothing else but that very text', async () => {
    const value = { a: 1 };
    const sealed = await sealer.seal('session', value);
    expect(await sealer.open('session', sealed)).toBe(value);
    const tag = sealed.lastIndexOf('.') + 1;
    const altered = sealed.slice(0, tag) + (sealed[tag] === 'A' ? 'B' : 'A') + sealed.slice(tag + 1);
    expect(await sealer.open('session', altered)).toBeUndefined();
    expect(await sealer.open('login', sealed)).toBeUndefined();
    expect(await sealer.open('session', sealed, 'session:1')).toBeUndefined();
    expect(await sealer.isCurrent('session', sealed)).toBe(true);
  });

  it('opens under no other purpose', async () => {
    const sealed = await sealer.seal('login', { a: 1 });
    expect(await sealer.open('session', sealed)).toBeUndefined();
  });

  it('opens in no other place than the one it is bound to', async () => {
    const bound = await sealer.seal('record', { a: 1 }, 'session:1');
    expect(await sealer.open('record', bound, 'session:1')).toEqual({ a: 1 });
    expect(await sealer.open('record', bound, 'session:2')).toBeUndefined();
    expect(await sealer.open('record', bound)).toBeUndefined();
    const unbound = await sealer.seal('record', { a: 1 });
    expect(await sealer.open('record', unbound, 'session:1')).toBeUndefined();
  });

  it('the first secret seals, all of them open, an unlisted one does not', async () => {
    const old = await sealer.seal('session', 1);
    const rotated = new Sealer([OTHER_SECRET, SESSION_SECRET]);
    expect(await rotated.open('session', old)).toBe(1);
    const fresh = await rotated.seal('session', 2);
    expect(decodeProtectedHeader(fresh).kid).toBe(await rotated.currentKid('session'));
    expect(await sealer.open('session', fresh)).toBeUndefined();
  });

  it.each(['', 'x', '....', 'eyJhbGciOiJub25lIn0....', '{"a":1}', '\u0000\uffff', 'x'.repeat(100_000)])(
    'junk %# opens as nothing',
    async (junk) => {
      expect(await sealer.open('session', junk)).toBeUndefined();
    },
  );
});
