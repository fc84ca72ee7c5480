/** The fields of an event that go into its data point. The others are only logged. */
export interface Measured {
  readonly provider?: unknown;
  readonly error?: unknown;
  readonly duration_ms?: unknown;
  readonly provider_requests?: unknown;
  readonly upstream?: unknown;
  readonly status?: unknown;
}

/** Where data points go: the same for all of an isolate, since events also happen where no request is at hand. */
let dataset: AnalyticsEngineDataset | undefined;

/** Sends a data point an event to the binding `METRICS` from now on. */
export function measureWith(metrics: AnalyticsEngineDataset | undefined): void {
  dataset = metrics;
}

/**
 * Writes a data point: index provider; blobs event, provider, error, upstream; doubles duration in milliseconds,
 * requests to the provider, status of a forwarded request. Never throws: no login fails for its statistics.
 */
export function measure(event: string, fields: Measured): void {
  if (!dataset) return;
  const provider = textOf(fields.provider);
  try {
    dataset.writeDataPoint({
      indexes: [provider],
      blobs: [event, provider, textOf(fields.error), textOf(fields.upstream)],
      doubles: [numberOf(fields.duration_ms), numberOf(fields.provider_requests), numberOf(fields.status)],
    });
  } catch {
    // The day's quota may be spent.
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function numberOf(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}
