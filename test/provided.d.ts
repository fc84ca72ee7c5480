import 'vitest';

declare module 'vitest' {
  /** What the global set-up starts; see provider/real-provider.mjs, properties/fuzz.mjs and browser/dev-server.mjs. */
  interface ProvidedContext {
    issuer: string;
    origin: string;
    clientSecret: string;
    /** How many cases a property is tried with, and what they are made from. */
    fuzz: { runs: number; seed: number };
  }
}
