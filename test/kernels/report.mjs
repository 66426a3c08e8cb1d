/** One column for each boot: its facts, then each check with what was seen, as a table of Markdown. */
export function printReport(runs) {
  const heads = runs.map((run) => `${run.kernel}, cgroup ${run.cgroup}`);
  const facts = namesOf(runs, (run) => Object.keys(run.facts));
  const checks = namesOf(runs, (run) => run.checks.map(({ check }) => check));
  const rows = [
    ...facts.map((name) => [name, ...runs.map((run) => run.facts[name] ?? '-')]),
    ...checks.map((name) => [name, ...runs.map((run) => said(run.checks.find(({ check }) => check === name)))]),
    ['boot to end', ...runs.map((run) => `${run.took} s`)],
  ];
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll('|', '\\|')).join(' | ')} |\n`;
  process.stdout.write(line(['', ...heads]) + line(['', ...heads].map(() => '---')) + rows.map(line).join(''));
  for (const run of runs.filter(({ ended }) => !ended))
    process.stdout.write(
      `\n${run.kernel}, cgroup ${run.cgroup}: it did not come to its end:\n${run.tail.join('\n')}\n`,
    );
  const all = runs.flatMap((run) => run.checks);
  const passed = all.filter(({ ok }) => ok).length;
  process.stdout.write(
    `\n${passed} passed, ${all.length - passed + runs.filter(({ ended }) => !ended).length} failed\n`,
  );
}

function namesOf(runs, names) {
  return [...new Set(runs.flatMap(names))];
}

function said(check) {
  if (check === undefined) return 'NOT RUN';
  return `${check.ok ? 'ok' : 'FAILED'}: ${check.seen}`;
}
