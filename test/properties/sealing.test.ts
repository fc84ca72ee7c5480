import fc from 'fast-check';
import { base64url } from 'jose';
import { describe, expect } from 'vitest';
import { type Purpose, Sealer } from '../../src/crypto/seal.ts';
import { OTHER_SECRET, SESSION_SECRET } from '../support/settings.ts';
import { holds } from './holds.ts';

const PURPOSES: readonly Purpose[] = ['login', 'prepared', 'session', 'record', 'admin'];
const sealer = new Sealer([SESSION_SECRET]);
const stranger = new Sealer([OTHER_SECRET]);

const purpose = fc.constantFrom(...PURPOSES);
const binding = fc.option(fc.string({ unit: 'binary', maxLength: 20 }), { nil: undefined });
const value = fc.jsonValue({ maxDepth: 2 });

describe('what is sealed', () => {
  holds('comes back as JSON keeps it', [purpose, value, binding], async (kind, json, place) => {
    const sealed = await sealer.seal(kind, json, place);
    expect(JSON.stringify(await sealer.open(kind, sealed, place))).toBe(JSON.stringify(json));
    expect(sealed).toMatch(/^[\w.-]+$/);
  });

  holds(
    'opens with no bit of it flipped, in any of its parts',
    [purpose, value, fc.nat(), fc.nat(7)],
    async (kind, json, position, bit) => {
      const parts = (await sealer.seal(kind, json)).split('.');
      // The second part, an encrypted key, is empty with `dir`.
      const bytes = [0, 2, 3, 4].flatMap((part) =>
        [...base64url.decode(parts[part] as string).keys()].map((at) => ({ part, at })),
      );
      const { part, at } = bytes[position % bytes.length] as { part: number; at: number };
      const altered = base64url.decode(parts[part] as string);
      altered[at] = (altered[at] as number) ^ (1 << bit);
      parts[part] = base64url.encode(altered);
      expect(await sealer.open(kind, parts.join('.'))).toBeUndefined();
    },
  );

  holds('opens in no shorter and no longer form', [value, fc.nat(), soup()], async (json, cut, more) => {
    const sealed = await sealer.seal('session', json);
    expect(await sealer.open('session', sealed.slice(0, cut % sealed.length))).toBeUndefined();
    expect(await sealer.open('session', `${sealed}.${more}`)).toBeUndefined();
    expect(await sealer.open('session', `${more}.${sealed}`)).toBeUndefined();
  });

  holds(
    'opens under no other secret, purpose or binding',
    [purpose, purpose, value, binding, binding],
    async (kind, otherKind, json, place, otherPlace) => {
      const sealed = await sealer.seal(kind, json, place);
      expect(await stranger.open(kind, sealed, place)).toBeUndefined();
      if (otherKind !== kind) expect(await sealer.open(otherKind, sealed, place)).toBeUndefined();
      if (otherPlace !== place) expect(await sealer.open(kind, sealed, otherPlace)).toBeUndefined();
    },
  );

  holds(
    'with parts of another record is no record',
    [value, value, fc.subarray([0, 2, 3, 4], { minLength: 1, maxLength: 3 })],
    async (one, other, taken) => {
      const parts = (await sealer.seal('session', one, 'one')).split('.');
      const others = (await sealer.seal('session', other, 'other')).split('.');
      for (const part of taken) parts[part] = others[part] as string;
      expect(await sealer.open('session', parts.join('.'), 'one')).toBeUndefined();
      expect(await sealer.open('session', parts.join('.'), 'other')).toBeUndefined();
    },
  );

  holds(
    'is nothing else: whatever comes opens as nothing and throws nothing',
    [purpose, soup()],
    async (kind, text) => {
      expect(await sealer.open(kind, text)).toBeUndefined();
    },
  );
});

/** Text that looks like a JWE here and there. */
function soup(): fc.Arbitrary<string> {
  const header = fc
    .dictionary(
      fc.constantFrom('alg', 'enc', 'kid', 'zip', 'crit', 'p2c', 'epk', 'b64'),
      fc.jsonValue({ maxDepth: 1 }),
    )
    .map((json) => base64url.encode(JSON.stringify(json)));
  const none = fc.constant(base64url.encode('{"alg":"none"}'));
  const bytes = fc.uint8Array({ maxLength: 24 }).map((each) => base64url.encode(each));
  const part = fc.oneof(header, none, bytes, fc.string({ unit: 'binary', maxLength: 8 }));
  return fc.array(part, { maxLength: 6 }).map((parts) => parts.join('.'));
}
