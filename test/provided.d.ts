import 'vitest';

declare module 'vitest' {
  /** What the global set-up starts; see provider/real-provider.mjs. */
  interface ProvidedContext {
    issuer: string;
    clientSecret: string;
  }
}
