import type { FC } from 'hono/jsx';
import { ProviderIcon } from '../components/icon.tsx';
import { Page } from '../components/layout.tsx';
import { link } from '../href.tsx';
import { RequestForm, type RequestFormProps } from './request-form.tsx';
import { SignedInAs } from './signed-in-as.tsx';

export interface ProviderButton {
  readonly id: string;
  readonly displayName: string;
  readonly href: string;
  /** Path of its mark on a square of 24. */
  readonly icon?: string;
}

interface LoginPageProps {
  readonly providers: readonly ProviderButton[];
  /** There is a session; the user may have no name. */
  readonly signedIn?: { readonly name: string | undefined };
  /** The provider has just sent the browser back from a logout. */
  readonly signedOut?: boolean;
  /** INSPECT: one provider's request, laid out. */
  readonly inspect?: RequestFormProps;
}

export const LoginPage: FC<LoginPageProps> = ({ providers, signedIn, signedOut, inspect }) => (
  <Page title="Sign in" wide={inspect !== undefined} script={inspect !== undefined}>
    <div class={inspect ? 'stack' : undefined}>
      <section class={inspect ? 'sign-in' : 'card sign-in'} aria-labelledby="sign-in">
        <h1 id="sign-in">Sign in</h1>
        {signedOut && !signedIn && <p role="status">You’re signed out</p>}
        {signedIn && (
          <p>
            <a href={link('/session')}>
              <SignedInAs name={signedIn.name} />
            </a>
          </p>
        )}
        <ProviderButtons providers={providers} verb="Continue with" />
      </section>
      {inspect && <RequestForm {...inspect} />}
    </div>
  </Page>
);

/** A link a provider that looks like the button it is to a user. */
export const ProviderButtons: FC<{ providers: readonly ProviderButton[]; verb: string }> = ({
  providers,
  verb,
}) => (
  <ul class="plain stack">
    {providers.map(({ displayName, href, icon }) => (
      <li>
        <a class="button provider" href={href} rel="nofollow">
          <ProviderIcon icon={icon} />
          <span>
            {verb} {displayName}
          </span>
        </a>
      </li>
    ))}
  </ul>
);
