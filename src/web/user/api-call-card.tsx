import type { FC } from 'hono/jsx';
import { StepItem, type StepView } from '../components/steps.tsx';
import { link } from '../href.tsx';

export interface ApiCallCardProps {
  /** Whose token is sent. */
  readonly providers: readonly { readonly id: string; readonly displayName: string }[];
  readonly provider: string;
  readonly url: string;
  /** URLs worth trying. */
  readonly suggestions: readonly string[];
  /** What is wrong with the URL. */
  readonly error?: string;
  /** The last call: what was sent and what came back. */
  readonly steps: readonly StepView[];
}

/** INSPECT: calls an API with the access token and shows the request and the answer. */
export const ApiCallCard: FC<ApiCallCardProps> = (props) => (
  <section class="card" aria-labelledby="call">
    <h2 id="call">Call an API</h2>
    <p class="hint">
      Sends a GET request with the access token, and shows what comes back. A path, such as{' '}
      <code>/api/employees</code>, goes through an upstream: your page sends it without a token, and
      Drawbridge adds the token.
    </p>
    <form class="stack" method="post" action={link('/session/call#call')}>
      {props.providers.length > 1 ? (
        <>
          <label for="call-provider">Access token of</label>
          <select id="call-provider" name="provider">
            {props.providers.map(({ id, displayName }) => (
              <option value={id} selected={id === props.provider}>
                {displayName}
              </option>
            ))}
          </select>
        </>
      ) : (
        <input type="hidden" name="provider" value={props.provider} />
      )}
      <label for="call-url">URL or path</label>
      <input
        id="call-url"
        name="url"
        type="text"
        inputmode="url"
        list="call-suggestions"
        value={props.url}
        required
        autocomplete="off"
        spellcheck={false}
        aria-invalid={props.error === undefined ? undefined : 'true'}
        aria-describedby={props.error === undefined ? undefined : 'call-error'}
      />
      {props.error !== undefined && (
        <p class="field-error" id="call-error">
          {props.error}
        </p>
      )}
      <datalist id="call-suggestions">
        {props.suggestions.map((url) => (
          <option value={url} />
        ))}
      </datalist>
      <button class="button primary" type="submit">
        Call
      </button>
    </form>
    {props.steps.map((step, index) => (
      <StepItem step={step} id={`call-${index}`} />
    ))}
  </section>
);
