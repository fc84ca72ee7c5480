import type * as config from '../../src/config.ts';

let latest: config.Env | undefined;

/**
 * `loadConfig` for tests of the Durable Object. In a deployment it has the settings of the Worker; in a test
 * these are made up by the test, and the object, which the runtime makes, has none: it takes the latest.
 */
export function deployedConfig(real: typeof config): typeof config {
  const loadConfig: typeof real.loadConfig = (env) => {
    if ('SESSION_SECRET' in env) latest = env;
    return real.loadConfig(latest ?? env);
  };
  return { ...real, loadConfig };
}
