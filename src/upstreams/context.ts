import type { PrivateKeys } from '../crypto/private-keys.ts';
import type { Provider } from '../providers/provider.ts';
import type { Upstream } from '../settings/upstream.ts';

/** What the engine needs to know of the settings. */
export interface ForwardSettings {
  readonly providers: ReadonlyMap<string, Provider>;
  readonly upstreams: readonly Upstream[];
  readonly publicOrigin: string | undefined;
  readonly assertionKeys: PrivateKeys;
}

/** Where a request comes in. */
export interface ForwardContext {
  readonly settings: ForwardSettings;
  /** The origin that users see. */
  readonly origin: string;
  /** The path that the client reaches the upstream's base at; ends in a slash. `Location` is mapped to it. */
  readonly publicPath: string;
  /** The id that log lines and errors of this request carry. */
  readonly flow: string;
  /** Is told every request that goes out: for INSPECT. */
  readonly onSend?: (url: string, headers: Headers) => void;
}
