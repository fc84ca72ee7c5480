import { WorkerEntrypoint } from 'cloudflare:workers';

/** A KV namespace behind a service that refuses one write in `REFUSE_EVERY`, as KV does under load. */
export class FlakyKv extends WorkerEntrypoint {
  static writes = 0;

  #mayRefuse() {
    const every = Number(this.env.REFUSE_EVERY);
    if (every > 0 && ++FlakyKv.writes % every === 0) throw new Error('KV PUT failed: 429 Too Many Requests');
  }

  async put(...given) {
    this.#mayRefuse();
    await this.env.TOKENS.put(...given);
  }

  async delete(...given) {
    this.#mayRefuse();
    await this.env.TOKENS.delete(...given);
  }

  get(...given) {
    return this.env.TOKENS.get(...given);
  }

  getWithMetadata(...given) {
    return this.env.TOKENS.getWithMetadata(...given);
  }

  list(...given) {
    return this.env.TOKENS.list(...given);
  }
}

export default { fetch: () => new Response('KV') };
