/** All of Drawbridge, as a Worker that others have a binding to. */
export { ConnectionKeeper, default, SessionKeeper, Upstream } from 'drawbridge/worker';
