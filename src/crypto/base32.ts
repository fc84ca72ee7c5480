/** RFC 4648 §6, in lower case: no digit that looks like a letter. */
export const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** That many random characters, 5 bits each. */
export function randomBase32(length: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(length));
  return Array.from(bytes, (byte) => BASE32[byte % 32]).join('');
}

/** An integer below 2³² in base32, most significant digit first: always 7 characters. */
export function base32Number(value: number): string {
  let text = '';
  for (let rest = value; text.length < 7; rest = Math.floor(rest / 32)) text = BASE32[rest % 32] + text;
  return text;
}
