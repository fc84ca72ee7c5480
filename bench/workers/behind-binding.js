/** An app that asks the Worker behind `AUTH` who is signed in, and leaves its routes to it. */
export default {
  async fetch(request, env) {
    if (!request.url.endsWith('/session')) return env.AUTH.fetch(request);
    using answer = await env.AUTH.session(request.headers);
    return Response.json({ signed_in: answer.session !== null });
  },
};
