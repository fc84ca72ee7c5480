/** What your app imports from `drawbridge`. */
export { ConnectionKeeper } from './connections/keeper.ts';
export { Auth } from './inside/auth.ts';
export type { SessionResult } from './inside/auth-client.ts';
export { createDrawbridge } from './inside/create-drawbridge.ts';
export { type DrawbridgeOptions, drawbridge } from './inside/drawbridge.ts';
export type { LoginUrlOptions } from './inside/login-url.ts';
export type { DrawbridgeEnv, DrawbridgeVariables } from './inside/middleware.ts';
export type { AuthProps, UpstreamProps } from './inside/policy.ts';
export { requireSession, type SessionRequirements, type SignedInEnv } from './inside/require-session.ts';
export type { Failure, Result } from './inside/results.ts';
export type { AccessToken, AccessTokenOptions, SessionInfo, SessionTarget } from './inside/session-target.ts';
export { Upstream } from './inside/upstream.ts';
export { SessionKeeper } from './sessions/durable-object/keeper.ts';
export type { ClaimValue, UserClaims } from './sessions/public-session.ts';
