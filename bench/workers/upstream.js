const LARGE_BYTES = 64 * 1024 * 1024;
let large;

/** The API that requests are forwarded to; `/large` is 64 MB. */
export default {
  async fetch(request) {
    await request.arrayBuffer();
    if (!request.headers.get('authorization')) return new Response('no token', { status: 401 });
    if (request.url.endsWith('/large')) {
      large ??= new Uint8Array(LARGE_BYTES);
      return new Response(large, { headers: { 'content-type': 'application/octet-stream' } });
    }
    return Response.json([
      { id: 1, name: 'Ashley' },
      { id: 2, name: 'Kate' },
      { id: 3, name: 'Joe' },
    ]);
  },
};
