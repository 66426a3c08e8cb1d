import { resolve } from 'node:path';
import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import { type Finding, fail, type Health, loadConfig, nodeSocket, ok, runningNodes, warn } from '../server/index.ts';
import { DEFAULT_DATA, severalNodes } from './client.ts';
import { newCommand, oneOf, withExamples } from './command-line.ts';
import { diskFindings } from './doctor-disk.ts';
import { type DoctorLevel, doctorLevels, renderLevels } from './doctor-levels.ts';
import { machineFindings } from './doctor-machine.ts';
import { fetchJson } from './http-connection.ts';
import { print } from './output.ts';
import { alignTable } from './table.ts';

interface Flags {
  readonly data?: string;
  readonly config?: string;
  readonly format: 'table' | 'json';
}

export function doctorCommand(): Command {
  const command = newCommand('doctor', 'what this machine can do, what is wrong, and what to change')
    .option('--data <dir>', 'data directory to look at (default: that of the running node, else ./weir-data)')
    .option('--config <file>', 'configuration whose ports and limits are looked at')
    .option('--format <form>', 'table or json', oneOf('--format', ['table', 'json']), 'table' as const);
  withExamples(command, 'weir doctor', 'weir doctor --data /var/lib/weir --format json');
  return command.action(async (flags: Flags) => {
    const { findings, levels } = await examine(flags);
    await print(
      flags.format === 'json'
        ? `${JSON.stringify({ findings, levels })}\n`
        : `${render(findings)}${renderLevels(levels)}`,
    );
    if (findings.some((f) => f.level === 'fail')) process.exitCode = 1;
  });
}

async function examine(flags: Flags): Promise<{ findings: Finding[]; levels: readonly DoctorLevel[] }> {
  const config = loadConfig({
    env: process.env,
    ...(flags.config ? { file: flags.config } : {}),
    flags: { data: flags.data },
  });
  const nodes = runningNodes();
  // A configuration that names no data directory says nothing about which node is meant.
  const named = Boolean(flags.data || process.env.WEIR_DATA) || config.data !== resolve(DEFAULT_DATA);
  const own = nodes.find((n) => resolve(n.data) === config.data);
  if (!own && !named && nodes.length > 1) throw severalNodes(nodes);
  const node = own ?? (named ? undefined : nodes[0]);
  const data = node?.data ?? config.data;
  const running = await nodeFindings(data, node?.pid);
  // A running node has its ports and limits: those of a configuration that it may not have been started with say nothing.
  const ports = running.health ? {} : config;
  const retention = running.health?.store as { retention_bytes?: number } | undefined;
  const findings = [
    ...(await machineFindings(ports, node?.pid ?? null)),
    ...diskFindings(data, retention?.retention_bytes ?? config.retention_bytes),
    ...running.findings,
  ];
  return { findings, levels: doctorLevels(running.health, data, config) };
}

/** What a running node says of itself. */
async function nodeFindings(data: string, pid: number | undefined): Promise<{ findings: Finding[]; health?: Health }> {
  try {
    const health = await fetchJson<Health>(
      { kind: 'socket', path: nodeSocket(data) },
      { method: 'GET', path: '/api/v1/health' },
    );
    const version = ok(
      'node process',
      `${pid === undefined ? 'a node' : `process ${pid}`} runs on ${data}, version ${health.version}`,
    );
    return { findings: [version, ...health.findings.map((f) => ({ ...f, subject: `node: ${f.subject}` }))], health };
  } catch (error) {
    const own = asWeirError(error);
    if (pid !== undefined)
      return {
        findings: [
          fail(
            'node process',
            `process ${pid} runs, but does not answer: ${own.message}`,
            'see its log, or restart it',
          ),
        ],
      };
    if (own instanceof WeirError && own.code === 'system')
      return { findings: [ok('node process', `no node runs on ${data}`)] };
    return { findings: [warn('node process', own.message)] };
  }
}

function render(findings: readonly Finding[]): string {
  const rows = findings.flatMap((f) => [
    [f.level, f.subject, f.text],
    ...(f.advice ? [['', '', `-> ${f.advice}`]] : []),
  ]);
  const columns = ['level', 'what', 'finding'].map((title) => ({ title, align: 'left' as const }));
  return `${alignTable(columns, rows).join('\n')}\n`;
}
