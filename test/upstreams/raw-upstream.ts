import { inject, vi } from 'vitest';

const { origin, control } = inject('rawUpstream');
/** Before any test takes its place. */
const realFetch = globalThis.fetch;

/** A step of an answer, see `test/fakes/raw-upstream.mjs`. */
export type Step = string | { wait: true } | { cut: true } | { end: true } | { fill: number };

/** A request as it arrived, byte for byte. */
export interface Arrived {
  readonly line: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly head: string;
  readonly body: string;
}

/** One upstream over a raw socket, for one test. */
export class RawUpstream {
  readonly id = crypto.randomUUID();
  /** To be used as `target`. */
  readonly target = `${origin}/${this.id}/`;

  /** Lets requests to the real upstream through, whatever else takes the place of `fetch`. */
  letThrough(): void {
    const others = globalThis.fetch;
    vi.stubGlobal('fetch', (input: RequestInfo, init?: RequestInit) => {
      const url = typeof input === 'string' ? input : input.url;
      return url.startsWith(origin) ? realFetch(input, init) : others(input, init);
    });
  }

  /** One answer per request, the last of them for all that follow. */
  async answers(...script: Step[][]): Promise<void> {
    await realFetch(`${control}/${this.id}`, { method: 'PUT', body: JSON.stringify(script) });
  }

  /** Goes on past every `wait`. */
  async release(): Promise<void> {
    await realFetch(`${control}/${this.id}`, { method: 'POST' });
  }

  /** What has arrived so far; with `atLeast` once so many requests have. */
  async arrived(atLeast = 0): Promise<readonly Arrived[]> {
    const response = await realFetch(`${control}/${this.id}?seen=${atLeast}`);
    const { seen } = (await response.json()) as { seen: { head: string; body: string }[] };
    return seen.map(parsed);
  }

  /** Returns once so many connections have closed. */
  async closed(connections = 1): Promise<void> {
    await realFetch(`${control}/${this.id}?closed=${connections}`);
  }
}

function parsed({ head, body }: { head: string; body: string }): Arrived {
  const [line = '', ...lines] = head.split('\r\n');
  const headers = new Map<string, string[]>();
  for (const header of lines) {
    const [name = '', value = ''] = header.split(/: ?(.*)/s, 2);
    headers.set(name.toLowerCase(), [...(headers.get(name.toLowerCase()) ?? []), value]);
  }
  return { line, headers, head, body };
}

/** A whole HTTP answer, its length included. */
export function answer(status: string, headers: Record<string, string | string[]> = {}, body = ''): Step[] {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map((one) => `${name}: ${one}`),
  );
  const head = [`HTTP/1.1 ${status}`, ...lines, `Content-Length: ${body.length}`].join('\r\n');
  return [`${head}\r\n\r\n${body}`];
}
