/** How far a token request can have come; the first before the provider has heard of it. */
const POINTS = ['not sent', 'under way', 'answered'];
/** How long the provider works on an answer, in milliseconds. */
const ANSWER_MS = 20;
const PATIENCE_MS = 30_000;

/** Kills a client at a random moment before its token request, while the provider works on it, or after the answer. */
export class Killer {
  #random;
  #turns = 0;
  #follow = () => {};
  /** How long each kind of work takes before its token request, and after the answer, in milliseconds. */
  #paces = new Map();

  constructor(random) {
    this.#random = random;
  }

  /** The provider says how far a token request has come: `asked` or `answered`. */
  async reached(point) {
    this.#follow(point === 'asked' ? 'under way' : point);
    if (point === 'asked') await new Promise((resolve) => setTimeout(resolve, ANSWER_MS));
  }

  /** Looks on while work is done undisturbed: its kind will be killed within such times. */
  async watch(kind, work) {
    const began = performance.now();
    const times = {};
    this.#follow = (point) => {
      times[point] = performance.now();
    };
    await work();
    this.#paces.set(kind, {
      'not sent': times['under way'] - began,
      'under way': ANSWER_MS,
      answered: performance.now() - times.answered,
    });
    this.#follow = () => {};
  }

  /**
   * Kills the client during the request, each point in its turn, and starts it again. Returns how far the token
   * request had come by then, `at`, and the answer that the browser got, if any.
   */
  async strike(kind, client, request) {
    const aim = POINTS[this.#turns++ % POINTS.length];
    const pause = this.#random() * this.#paces.get(kind)[aim];
    let at = 'not sent';
    let isKilled = false;
    const killed = new Promise((resolve, reject) => {
      const kill = () => {
        client.kill();
        isKilled = true;
        resolve();
      };
      this.#follow = (point) => {
        // A request that was on the wire is read by the provider all the same, and answered to nobody.
        if (!isKilled || at === 'not sent') at = point;
        if (!isKilled && point === aim) setTimeout(kill, pause);
      };
      if (aim === 'not sent') setTimeout(kill, pause);
      setTimeout(reject, PATIENCE_MS, new Error(`no token request was ${aim}`)).unref();
    });
    const answered = request().catch(() => undefined);
    await killed;
    const answer = await answered;
    await client.restart();
    this.#follow = () => {};
    return { at, answer };
  }
}
