/** Why no answer came. */
export interface Failure {
  readonly reason: string;
  readonly hint: string;
  /** True if the fault may lie on the way from here, not with the provider: this machine may be offline. */
  readonly here: boolean;
}

const TLS = /CERT|SSL|TLS|SELF_SIGNED|UNABLE_TO_VERIFY|certificate/i;
const FAILURES: readonly (readonly [RegExp, Failure])[] = [
  [
    TLS,
    {
      reason: 'has a TLS certificate that is not valid for this name',
      hint: 'The provider has to mend its certificate: expired, of another name, or without its chain.',
      here: false,
    },
  ],
  [
    /ECONNREFUSED|refused/i,
    {
      reason: 'refuses the connection',
      hint: 'Nothing listens there: check host and port, and that the provider runs.',
      here: false,
    },
  ],
  [
    /larger than/,
    {
      reason: 'sends more than a mebibyte',
      hint: 'Check the address: this is no answer of that kind.',
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
