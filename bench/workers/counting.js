// `drawbridge` is the bundle, under the name that the configuration of workerd gives it.
import app, * as drawbridge from 'drawbridge';

/**
 * Drawbridge with what it writes and asks counted, as Cloudflare bills it, and with a clock that can be moved. `GET /count`
 * gives the counts, `POST /clock?seconds=N` moves the clock forward, `POST /ring` sounds the alarm of the object that was
 * called last. Never used where time is measured.
 */
const counts = { rows: 0, kv_writes: 0, kv_reads: 0, object_calls: 0 };
const alarms = new WeakMap();
let isCounting = false;
let lastObject;
let offset = 0;

const realNow = Date.now;
Date.now = () => realNow() + offset;

/** Replaces a method of a platform object's prototype by one that is told `this` and the arguments first. */
function watch(object, name, before) {
  const prototype = Object.getPrototypeOf(object);
  const original = prototype[name];
  prototype[name] = function (...parameters) {
    before(this, ...parameters);
    return original.apply(this, parameters);
  };
}

/** Rows written as they are billed: a value is one, a deletion is one, an alarm is one unless it is set for the same time. */
function countRows(storage) {
  if (isCounting) return;
  isCounting = true;
  watch(storage.kv, 'put', () => counts.rows++);
  watch(storage.kv, 'delete', () => counts.rows++);
  watch(storage, 'setAlarm', (of, time) => {
    if (alarms.get(of) !== Number(time)) counts.rows++;
    alarms.set(of, Number(time));
  });
  watch(storage, 'deleteAlarm', (of) => {
    if (alarms.delete(of)) counts.rows++;
  });
  watch(storage, 'deleteAll', (of) => {
    counts.rows += [...of.kv.list()].length + (alarms.delete(of) ? 1 : 0);
  });
}

const KV = {
  put: 'kv_writes',
  delete: 'kv_writes',
  get: 'kv_reads',
  getWithMetadata: 'kv_reads',
  list: 'kv_reads',
};

/** `target` with its methods replaced by what `methodOf` gives for their names. */
function wrapped(target, methodOf) {
  return new Proxy(
    {},
    { get: (_, name) => methodOf(name) ?? ((...parameters) => target[name](...parameters)) },
  );
}

function countedKv(namespace) {
  return wrapped(namespace, (name) => {
    if (!(name in KV)) return undefined;
    return (...parameters) => {
      counts[KV[name]]++;
      return namespace[name](...parameters);
    };
  });
}

function countedObjects(namespace) {
  const stubOf = (name) => {
    lastObject = name;
    const stub = namespace.getByName(name);
    return wrapped(stub, (method) => (...parameters) => {
      counts.object_calls++;
      return stub[method](...parameters);
    });
  };
  return wrapped(namespace, (name) => (name === 'getByName' ? stubOf : undefined));
}

const environments = new WeakMap();

function counted(env) {
  let known = environments.get(env);
  if (!known) {
    known = { ...env, TOKENS: countedKv(env.TOKENS), SESSION_KEEPER: countedObjects(env.SESSION_KEEPER) };
    environments.set(env, known);
  }
  return known;
}

export class SessionKeeper extends drawbridge.SessionKeeper {
  constructor(ctx, env) {
    countRows(ctx.storage);
    super(ctx, counted(env));
  }

  ring() {
    return this.alarm();
  }
}

export default {
  async fetch(request, env, context) {
    const { pathname, searchParams } = new URL(request.url);
    if (pathname === '/count') return Response.json(counts);
    if (pathname === '/ring') {
      await env.SESSION_KEEPER.getByName(lastObject).ring();
      return new Response();
    }
    if (pathname === '/clock') {
      offset += Number(searchParams.get('seconds')) * 1000;
      return new Response();
    }
    return app.fetch(request, counted(env), context);
  },
};
