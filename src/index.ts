import { createApp } from './app.ts';

export { ConnectionKeeper } from './connections/keeper.ts';
export { Auth } from './inside/auth.ts';
export { Upstream } from './inside/upstream.ts';
export { SessionKeeper } from './sessions/durable-object/keeper.ts';

export default createApp();
