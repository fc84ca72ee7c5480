import { describe, expect, it } from 'vitest';
import { relativeTime } from '../../../src/web/components/time.tsx';

const NOW = 1_795_000_000;

describe('a moment', () => {
  it.each([
    [0, 'just now'],
    [-59, 'just now'],
    [30, 'in less than a minute'],
    [-60, '1 minute ago'],
    [-125, '2 minutes ago'],
    [300, 'in 5 minutes'],
    [-3600, '1 hour ago'],
    [86_400, 'tomorrow'],
    [-86_400, 'yesterday'],
    [-3 * 86_400, '3 days ago'],
    [-8 * 86_400, 'last week'],
    [40 * 86_400, 'next month'],
    [-800 * 86_400, '2 years ago'],
  ])('%i seconds from now is told as “%s”', (distance, words) => {
    expect(relativeTime(NOW + distance, NOW)).toBe(words);
  });
});
