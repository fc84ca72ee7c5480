import { Agent, request } from 'node:http';

const agent = new Agent({ keepAlive: true, maxSockets: 64 });

/** One HTTP exchange: `{ status, headers, body }`, redirects not followed. A body that is not read is thrown away as it comes. */
export function ask(url, { method = 'GET', headers = {}, body, isRead = true } = {}) {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method, headers, agent }, (answer) => {
      let text = '';
      if (isRead) {
        answer.setEncoding('utf8');
        answer.on('data', (chunk) => {
          text += chunk;
        });
      } else answer.resume();
      answer.on('end', () => resolve({ status: answer.statusCode, headers: answer.headers, body: text }));
      answer.on('error', reject);
    });
    sent.on('error', (error) => {
      // The Worker closed a connection that was kept open just as it was to be used again: nothing was sent.
      if (sent.reusedSocket && error.code === 'ECONNRESET')
        resolve(ask(url, { method, headers, body, isRead }));
      else reject(error);
    });
    sent.end(body);
  });
}

/** Looks like a browser to a Worker: it stores cookies and sends Fetch Metadata. */
export class Visitor {
  cookies = new Map();

  constructor(origin) {
    this.origin = origin;
  }

  /** Asks for a path. Throws unless the answer has the expected status, or one of several. */
  async visit(path, expected, options = {}) {
    const answer = await this.send(path, options);
    if (![expected].flat().includes(answer.status)) {
      const { method = 'GET' } = options;
      throw new Error(
        `${method} ${path.slice(0, 60)}: ${answer.status} instead of ${expected}\n${answer.body.slice(0, 500)}`,
      );
    }
    return answer;
  }

  /** Asks for a path, whatever the answer will be. */
  async send(path, { method = 'GET', headers = {}, body, isRead } = {}) {
    const sent = { accept: 'application/json', ...headers };
    if (this.cookies.size > 0) {
      sent.cookie = [...this.cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    }
    const answer = await ask(this.origin + path, { method, headers: sent, body, isRead });
    for (const cookie of answer.headers['set-cookie'] ?? []) this.#keep(cookie);
    return answer;
  }

  #keep(cookie) {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? [];
    if (/;\s*max-age=0\b/i.test(cookie)) this.cookies.delete(name);
    else this.cookies.set(name, value);
  }

  /** What the session takes in a browser, names and values, in bytes. */
  get sessionBytes() {
    return [...this.cookies]
      .filter(([name]) => name.includes('session'))
      .reduce((sum, [name, value]) => sum + name.length + 1 + value.length, 0);
  }
}
