import { bytesOfBase64 } from '../crypto/base64.ts';

const IMAGE = /^data:(image\/(?:png|jpeg|webp|gif|svg\+xml))(?:;charset=[\w-]+)?(;base64)?,(.+)$/is;

/** The image in a data URI (RFC 2397): its type and its bytes or text. Undefined for anything else. */
export function imageOf(
  uri: string,
): { readonly type: string; readonly body: string | Uint8Array<ArrayBuffer> } | undefined {
  const [, type, base64, data] = IMAGE.exec(uri) ?? [];
  if (type === undefined || data === undefined) return undefined;
  try {
    const body = base64 ? bytesOfBase64(data) : decodeURIComponent(data);
    return { type: type.toLowerCase(), body };
  } catch {
    return undefined;
  }
}
