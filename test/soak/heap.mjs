import { execFileSync } from 'node:child_process';
import { once } from 'node:events';

/**
 * Opens V8's inspector of the Worker in a workerd process. `used()` collects all garbage and returns what is
 * still in use, in MB: objects, and the bytes of buffers. `close()` lets go.
 *
 * @param {string} inspector its origin
 */
export async function openHeap(inspector) {
  const [{ webSocketDebuggerUrl: address }] = await (await fetch(`${inspector}/json`)).json();
  const socket = new WebSocket(address);
  await once(socket, 'open');
  const answers = new Map();
  let last = 0;
  socket.addEventListener('message', ({ data }) => {
    // A snapshot comes in chunks that nobody here reads.
    if (data.startsWith('{"method"')) return;
    const { id, result } = JSON.parse(data);
    answers.get(id)?.(result);
    answers.delete(id);
  });
  const call = (method) =>
    new Promise((resolve) => {
      answers.set(++last, resolve);
      socket.send(JSON.stringify({ id: last, method }));
    });
  return {
    async used() {
      // `HeapProfiler.collectGarbage` never answers in workerd; a snapshot begins with a collection.
      await call('HeapProfiler.takeHeapSnapshot');
      const { usedSize, backingStorageSize } = await call('Runtime.getHeapUsage');
      return (usedSize + backingStorageSize) / 2 ** 20;
    },
    close: () => socket.close(),
  };
}

/** What a process holds in memory, in MB. */
export function residentMemory(pid) {
  return Number(execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' })) / 1024;
}
