import 'vitest';

declare module 'vitest' {
  /** What the global set-up starts; see provider/real-provider.mjs and browser/dev-server.mjs. */
  interface ProvidedContext {
    issuer: string;
    origin: string;
    clientSecret: string;
  }
}
