/** The API that requests are forwarded to. */
export default {
  async fetch(request) {
    await request.arrayBuffer();
    if (!request.headers.get('authorization')) return new Response('no token', { status: 401 });
    return Response.json([
      { id: 1, name: 'Ashley' },
      { id: 2, name: 'Kate' },
      { id: 3, name: 'Joe' },
    ]);
  },
};
