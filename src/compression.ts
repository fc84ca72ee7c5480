/** The text compressed (DEFLATE, RFC 1951), as base64url. */
export async function deflated(text: string): Promise<string> {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream('deflate-raw'));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true });
}

/** What `deflated` was given. Only for what we have compressed ourselves: it has no bound. */
export async function inflated(compressed: string): Promise<string> {
  const bytes = Uint8Array.fromBase64(compressed, { alphabet: 'base64url' });
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw'));
  return new Response(stream).text();
}
