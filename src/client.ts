/** What a Worker imports from `drawbridge/client` if Drawbridge is a separate Worker. It contains none of Drawbridge itself. */
export type { Auth } from './inside/auth.ts';
export { drawbridge } from './inside/bound-drawbridge.ts';
export type { LoginUrlOptions } from './inside/login-url.ts';
export type { DrawbridgeEnv, DrawbridgeVariables } from './inside/middleware.ts';
export { requireSession, type SessionRequirements, type SignedInEnv } from './inside/require-session.ts';
export type { Failure, Result } from './inside/results.ts';
export type { AccessToken, AccessTokenOptions, SessionInfo } from './inside/session-target.ts';
export type { ClaimValue, UserClaims } from './sessions/public-session.ts';
