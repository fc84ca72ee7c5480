/** Fetches the list of employees every morning, and shows the result of the last run. */
export default {
  async scheduled(_controller, env) {
    // The host is ignored: the binding knows where the API is, and which token it needs.
    const response = await env.EMPLOYEES.fetch('https://employees/employees');
    const report = response.ok
      ? `${(await response.json<unknown[]>()).length} employees`
      : `failed: ${response.headers.get('Drawbridge-Error') ?? response.status}`;
    await env.REPORTS.put('latest', report);
  },

  async fetch(request, env) {
    if (new URL(request.url).pathname.startsWith('/auth')) return env.DRAWBRIDGE.fetch(request);
    return new Response((await env.REPORTS.get('latest')) ?? 'The job has not run yet.');
  },
} satisfies ExportedHandler<Env>;
