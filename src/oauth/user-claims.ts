import { DrawbridgeError } from '../errors.ts';
import type { proofOption } from './dpop.ts';
import { translate } from './failure.ts';

/** What is known of a user: `sub`, and claims under their registered names. */
export type UserClaims = Readonly<Record<string, unknown>> & { readonly sub: string };

export type Proof = ReturnType<typeof proofOption>;

/** There is no userinfo: it was refused, is empty, or can't be reached. A valid ID token is enough without it. */
export class UserinfoMissing extends DrawbridgeError {
  constructor(known: DrawbridgeError) {
    const { code, title, description, hint, providerError, detail } = known;
    super(code, {
      title,
      description,
      hint,
      ...(providerError !== undefined && { providerError }),
      ...(detail !== undefined && { detail }),
      cause: known,
    });
  }
}

/** Runs a request to the userinfo endpoint. Throws `UserinfoMissing` if it fails for any reason. */
export async function missingUnless<Result>(ask: () => Promise<Result>): Promise<Result> {
  try {
    return await ask();
  } catch (error) {
    throw new UserinfoMissing(translate(error, 'userinfo'));
  }
}
