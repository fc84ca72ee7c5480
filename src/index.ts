import { createApp } from './app.ts';

export { SessionKeeper } from './sessions/durable-object/keeper.ts';

export default createApp();
