import { watchLife } from './while-alive.ts';

const POLICY_VIOLATION = 1008;
const PROTOCOL_ERROR = 1002;
/** Codes that tell of a close without a frame, and so can't be sent in one, or that mean nothing (RFC 6455 §7.4). */
const NOT_SENT: Readonly<Record<number, number>> = {
  1004: PROTOCOL_ERROR,
  1005: 1000,
  1006: 1011,
  1015: 1011,
};

/** True for the headers of a request to open a WebSocket (RFC 6455 §4.1). */
export function isWebSocket(headers: Headers): boolean {
  return headers.get('upgrade')?.toLowerCase() === 'websocket';
}

/**
 * Connects an upstream's socket with one for the client, both ways, close codes included, until either side closes or
 * the session ends. Returns the client's end.
 */
export function connectSockets(upstream: WebSocket, isAlive: () => Promise<boolean>): WebSocket {
  const [client, server] = Object.values(new WebSocketPair()) as [WebSocket, WebSocket];
  const sockets = [upstream, server];
  for (const socket of sockets) {
    socket.binaryType = 'arraybuffer';
    socket.accept();
  }
  const stop = watchLife(isAlive, () => {
    for (const socket of sockets) close(socket, POLICY_VIOLATION, 'the session has ended');
  });
  passOn(upstream, server, stop);
  passOn(server, upstream, stop);
  return client;
}

function passOn(from: WebSocket, to: WebSocket, stop: () => void): void {
  from.addEventListener('message', ({ data }) => {
    try {
      to.send(data);
    } catch {
      // The other side is gone; its close event is on its way.
    }
  });
  from.addEventListener('close', ({ code, reason }) => {
    stop();
    close(from, code, reason);
    close(to, code, reason);
  });
  from.addEventListener('error', () => {
    stop();
    close(to, 1011, '');
  });
}

function close(socket: WebSocket, code: number, reason: string): void {
  try {
    const isCode = code >= 1000 && code <= 4999;
    socket.close(isCode ? (NOT_SENT[code] ?? code) : PROTOCOL_ERROR, reason);
  } catch {
    // It is closed already.
  }
}
