/** What every client of the benchmark asks for. A module of its own: what a Worker exports must be a handler. */
export const SCOPE = 'openid profile email';
