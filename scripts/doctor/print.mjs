import { styleText } from 'node:util';
import { printable } from '../terminal.mjs';

const COLOURS = { ok: 'green', warning: 'yellow', fault: 'red' };
const SUMMARY = {
  ok: 'All checks passed.',
  warning: 'Check the warnings.',
  fault: 'Fix the errors first.',
};

/** `fault` is what JSON calls it; people read “error”. */
const NAMES = { ok: 'ok', warning: 'warning', fault: 'error' };

/** Prints findings for people: a line each, grouped by what was looked at, with what to do below. */
export function print(findings, status) {
  for (const subject of new Set(findings.map((finding) => finding.subject))) {
    console.log(`\n${styleText('bold', printable(subject))}`);
    for (const finding of findings.filter((candidate) => candidate.subject === subject)) printOne(finding);
  }
  console.log(`\n${count(findings, 'fault')}, ${count(findings, 'warning')}. ${SUMMARY[status]}`);
}

function count(findings, level) {
  const number = findings.filter((finding) => finding.level === level).length;
  return `${number} ${NAMES[level]}${number === 1 ? '' : 's'}`;
}

function printOne({ level, check, message, hint }) {
  console.log(`  ${styleText(COLOURS[level], NAMES[level].padEnd(7))}  ${printable(`${check} ${message}`)}`);
  if (hint && level !== 'ok') console.log(`           ${styleText('dim', `→ ${printable(hint)}`)}`);
}
