/** The whole of Drawbridge, as a Worker that others are bound to. */
export { ConnectionKeeper, default, SessionKeeper, Upstream } from 'drawbridge/worker';
