/**
 * JSON as bytes, smaller where it holds base64url: tokens, keys and ids are mostly that, and sealing encodes the whole once
 * more. Each long run of the alphabet is taken out of the text and stored as the bytes that it stands for.
 *
 * The form: the byte 1, the text with a mark in the place of each run, the byte 0, the bytes of all runs. Groups of four
 * characters and three bytes are one to one, so whatever was packed comes out as it was; what is left of a run stays text.
 */
const PACKED = 1;
const END_OF_TEXT = 0;
/** JSON leaves this character as it is, and nothing of ours has it. */
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
  const text = json.replace(RUN, (run) => {
    const groups = run.length >> 2;
    runs.push(Uint8Array.fromBase64(run.slice(0, groups * 4), BASE64URL));
    return `${MARK}${groups.toString(36)};${run.slice(groups * 4)}`;
  });
  if (runs.length === 0) return encoder.encode(json);
  return joined([Uint8Array.of(PACKED), encoder.encode(text), Uint8Array.of(END_OF_TEXT), ...runs]);
}

/** The value of `packJson`, or of plain JSON text. Throws for anything else. */
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

function joined(parts: readonly Uint8Array[]): BufferSource {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.byteLength, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.byteLength;
  }
  return whole;
}
