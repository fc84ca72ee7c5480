/** All of Drawbridge. */
export { ConnectionKeeper, default, SessionKeeper } from 'drawbridge/worker';
