/** Why no answer came. */
export interface Failure {
  readonly reason: string;
  readonly hint: string;
  /** True if the cause may be on this side rather than at the provider: this machine may be offline. */
  readonly here: boolean;
}

const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|certificate/i;
const FAILURES: readonly (readonly [RegExp, Failure])[] = [
  [
    TLS,
    {
      reason: 'has a TLS certificate that is not valid for this name',
      hint: 'The provider has to fix its certificate. It may have expired, name another host or lack its chain.',
      here: false,
    },
  ],
  [
    /ECONNREFUSED|refused/i,
    {
      reason: 'refuses the connection',
      hint: 'Check the host and port, and that the provider is running.',
      here: false,
    },
  ],
  [
    /larger than/,
    {
      reason: 'sends more than 1 MiB',
      hint: 'Check the address. It may not be the right endpoint.',
      here: false,
    },
  ],
  [
    /ENOTFOUND|EAI_AGAIN|DNS/i,
    {
      reason: 'has a host name that can’t be found',
      hint: 'Check the spelling of the host, and whether this machine is online.',
      here: true,
    },
  ],
  [
    /Timeout|ETIMEDOUT|no answer within/i,
    { reason: 'does not answer in time', hint: 'Try again in a moment.', here: true },
  ],
];
const UNKNOWN: Failure = {
  reason: 'can’t be reached',
  hint: 'Check the address, and whether this machine is online.',
  here: true,
};

/** What a `fetch` that threw means. Node hides the reason in `cause`, workerd in the message. */
export function networkFailure(error: unknown): Failure {
  let text = '';
  for (let fault = error; fault instanceof Error; fault = fault.cause) {
    text += ` ${fault.name} ${fault.message} ${'code' in fault ? String(fault.code) : ''}`;
  }
  return FAILURES.find(([pattern]) => pattern.test(text))?.[1] ?? UNKNOWN;
}
