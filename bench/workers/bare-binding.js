import { DurableObject, WorkerEntrypoint } from 'cloudflare:workers';

/** The floor for `session()` over a binding: one call of a Worker, which makes one call of an object. */
export class Auth extends WorkerEntrypoint {
  async session() {
    return { session: await this.env.OBJECTS.getByName('bench').read(), setCookie: [] };
  }
}

export class Bare extends DurableObject {
  read() {
    return { sub: 'bench' };
  }
}

export default {
  fetch: () => Response.json({ status: 'ok' }),
};
