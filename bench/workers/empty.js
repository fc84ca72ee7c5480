/** What workerd itself costs: a Worker that answers and does nothing else. */
export default { fetch: () => new Response('ok') };
