/** What a KV binding of workerd talks to: values in memory, and a count of the operations and of the values. */
const values = new Map();
let operations = 0;

export default {
  async fetch(request) {
    const url = new URL(request.url);
    if (url.pathname === '/count') return Response.json({ operations, values: values.size });
    operations++;
    // A list, which only the making of a connection asks for: nothing is in it.
    if (url.pathname === '/') return Response.json({ keys: [], list_complete: true });
    const key = decodeURIComponent(url.pathname.slice(1));
    if (request.method === 'PUT') values.set(key, await request.text());
    else if (request.method === 'DELETE') values.delete(key);
    else return values.has(key) ? new Response(values.get(key)) : new Response(null, { status: 404 });
    return new Response();
  },
};
