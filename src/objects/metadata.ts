import { sha256Hex } from '../crypto/hash.ts';

/** What KV holds as metadata of a key at most, as JSON. */
const METADATA_BYTES = 1024;
/** In characters. */
export const SHOWN_LENGTH = 100;

export function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}…`;
}

/** True if KV takes it as the metadata of a key. */
export function fits(metadata: unknown): boolean {
  return new TextEncoder().encode(JSON.stringify(metadata)).byteLength <= METADATA_BYTES;
}

/** Some providers use the e-mail address as `sub`, which is not for every reader of KV: it is shown as a hash. */
export async function shownSub(sub: string | undefined): Promise<string | null> {
  if (sub === undefined) return null;
  if (sub.includes('@')) return `sha256:${(await sha256Hex(sub)).slice(0, 16)}`;
  return cut(sub, SHOWN_LENGTH);
}
