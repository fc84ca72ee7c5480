import { createApp } from './app.tsx';

export { SessionKeeper } from './session/keeper.ts';

export default createApp();
