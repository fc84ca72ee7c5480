/**
 * JSON as bytes, with base64url packed: tokens, keys and ids are mostly base64url, and sealing encodes everything once
 * more. Each long run of base64url characters is taken out of the text and stored as the bytes that it encodes.
 *
 * The format: the byte 1, the text with a mark in place of each run, the byte 0, the bytes of all runs. Every four
 * characters become exactly three bytes, so packing is lossless. The remainder of a run stays in the text.
 */
const PACKED = 1;
const END_OF_TEXT = 0;
/** JSON does not escape this character, and none of our values contains it. */
const MARK = '\u007f';
const LEAST_RUN = 24;
const RUN = new RegExp(`[A-Za-z0-9_-]{${LEAST_RUN},}`, 'g');
const MARKED = new RegExp(`${MARK}([0-9a-z]+);`, 'g');
const BASE64URL = { alphabet: 'base64url' } as const;
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** A JSON value as bytes. */
export function packJson(value: unknown): BufferSource {
  const json = JSON.stringify(value);
  if (json.includes(MARK)) return encoder.encode(json);
  const runs: Uint8Array[] = [];
  let length = 0;
  let text = '';
  let end = 0;
  RUN.lastIndex = 0;
  // `replace` with a function takes twice as long.
  for (let found = RUN.exec(json); found !== null; found = RUN.exec(json)) {
    const groups = found[0].length >> 2;
    text += `${json.slice(end, found.index)}${MARK}${groups.toString(36)};`;
    end = found.index + groups * 4;
    runs.push(Uint8Array.fromBase64(json.slice(found.index, end), BASE64URL));
    length += groups * 3;
  }
  if (runs.length === 0) return encoder.encode(json);
  const encoded = encoder.encode(text + json.slice(end));
  const packed = new Uint8Array(encoded.byteLength + length + 2);
  packed[0] = PACKED;
  packed.set(encoded, 1);
  let at = encoded.byteLength + 1;
  packed[at++] = END_OF_TEXT;
  for (const run of runs) {
    packed.set(run, at);
    at += run.byteLength;
  }
  return packed;
}

/** The value from `packJson`'s output or from plain JSON text. Throws for anything else. */
export function unpackJson(bytes: Uint8Array): unknown {
  if (bytes[0] !== PACKED) return JSON.parse(decoder.decode(bytes));
  const end = bytes.indexOf(END_OF_TEXT);
  let at = end + 1;
  const text = decoder.decode(bytes.subarray(1, end)).replace(MARKED, (_, groups: string) => {
    const from = at;
    at += Number.parseInt(groups, 36) * 3;
    return bytes.subarray(from, at).toBase64(BASE64URL);
  });
  return JSON.parse(text);
}
