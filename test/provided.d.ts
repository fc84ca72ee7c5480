import type { JWK } from 'jose';
import 'vitest';

declare module 'vitest' {
  /** What the global set-up starts; see provider/*.mjs, properties/fuzz.mjs and browser/dev-server.mjs. */
  interface ProvidedContext {
    issuer: string;
    origin: string;
    clientSecret: string;
    /** A folder outside of the repository where the package is installed from its tarball. */
    clean: string;
    /** Where a provider is that answers as nobody should. */
    hostile: string;
    /** An upstream over a raw socket, and where it is told what to say; see `RawUpstream`. */
    rawUpstream: { origin: string; control: string };
    /** oidc-provider by the FAPI 2.0 Security Profile. */
    strictIssuer: string;
    /** Where the logout tokens of the client `backchannel` arrive. */
    logoutTokens: string;
    /** The client's keys by their algorithm, and `enc`. */
    privateKeys: Readonly<Record<string, JWK>>;
    /** How many cases a property is tried with, and what they are made from. */
    fuzz: { runs: number; seed: number };
  }
}
