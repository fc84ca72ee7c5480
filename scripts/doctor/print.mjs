import { styleText } from 'node:util';

const COLOURS = { ok: 'green', warning: 'yellow', fault: 'red' };
const SUMMARY = {
  ok: 'Everything is well.',
  warning: 'Nothing is broken; the warnings deserve a look.',
  fault: 'Mend the faults first.',
};

/** Prints findings for people: a line each, grouped by what was looked at, with what to do below. */
export function print(findings, status) {
  for (const subject of new Set(findings.map((finding) => finding.subject))) {
    console.log(`\n${styleText('bold', subject)}`);
    for (const finding of findings.filter((candidate) => candidate.subject === subject)) printOne(finding);
  }
  console.log(`\n${count(findings, 'fault')}, ${count(findings, 'warning')}. ${SUMMARY[status]}`);
}

function count(findings, level) {
  const number = findings.filter((finding) => finding.level === level).length;
  return `${number} ${level}${number === 1 ? '' : 's'}`;
}

function printOne({ level, check, message, hint }) {
  console.log(`  ${styleText(COLOURS[level], level.padEnd(7))}  ${check} ${message}`);
  if (hint && level !== 'ok') console.log(`           ${styleText('dim', `→ ${hint}`)}`);
}
