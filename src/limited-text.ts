/**
 * A body as text (UTF-8). Throws a `RangeError` as soon as more than `limit` bytes have come, after decompression
 * and whatever was announced, so that a huge body can't fill the memory; the rest is not read.
 */
export async function limitedText(body: ReadableStream<Uint8Array> | null, limit: number): Promise<string> {
  if (!body) return '';
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of body) {
    bytes += chunk.byteLength;
    // protects: size limit
    if (bytes > limit) throw new RangeError(`body larger than ${limit} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
