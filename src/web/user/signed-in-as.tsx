import type { FC } from 'hono/jsx';

/** Says that somebody is signed in, and who, if their provider gives them a name. No full stop. */
export const SignedInAs: FC<{ name: string | undefined }> = ({ name }) =>
  name === undefined ? (
    <>You’re signed in</>
  ) : (
    <>
      You’re signed in as <strong>{name}</strong>
    </>
  );
