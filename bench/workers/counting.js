// `drawbridge` is the bundle, under the name that the configuration of workerd gives it.
import app, { SessionKeeper } from 'drawbridge';

export { SessionKeeper };

/** Drawbridge with its calls of Durable Objects counted. Never used where time is measured. */
let calls = 0;

function counted(namespace) {
  const countCall = (keeper, method) => (argument, options) => {
    calls++;
    return keeper[method](argument, options);
  };
  return {
    getByName(name) {
      const keeper = namespace.getByName(name);
      return new Proxy({}, { get: (_, method) => countCall(keeper, method) });
    },
  };
}

let counting;

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === '/count') return Response.json({ calls });
    counting ??= { ...env, SESSION_KEEPER: counted(env.SESSION_KEEPER) };
    return app.fetch(request, counting, context);
  },
};
