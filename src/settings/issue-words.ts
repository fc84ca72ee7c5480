import type * as v from 'valibot';

/** What valibot expects, in words, and how to write it. */
const EXPECTED: Readonly<Record<string, readonly [fault: string, fix?: string]>> = {
  string: ['is not text', 'Put it in quotes.'],
  boolean: ['is neither true nor false', 'Write `true` or `false`, without quotes.'],
  Array: ['is not a list', 'Write `["one", "two"]`.'],
  Object: ['is not a table'],
  '(string | number | boolean)': ['is not text, a number, true or false', 'Put it in quotes.'],
};

/** What is wrong with a value, in the words of its schema or of ours, never with the value itself; and how to write it. */
export function issueWords(issue: v.BaseIssue<unknown>): readonly [fault: string, fix?: string] {
  if (issue.received === 'undefined') return ['is missing'];
  if (!issue.message.startsWith('Invalid ')) return [issue.message];
  return EXPECTED[issue.expected ?? ''] ?? [choiceFault(issue)];
}

/** The setting that an issue is about: `at` and the path below it. */
export function issuePlace(at: string, issue: v.BaseIssue<unknown>): string {
  return [at, ...(issue.path ?? []).map(({ key }) => String(key))].join('.');
}

/** `("query" | "form")` as `is not one of "query", "form"`. */
function choiceFault({ expected }: v.BaseIssue<unknown>): string {
  const choices = [...(expected ?? '').matchAll(/"([^"]*)"/g)].map(([choice]) => choice);
  return choices.length === 0 ? 'is not valid' : `is not one of ${choices.join(', ')}`;
}
