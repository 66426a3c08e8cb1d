import type { Command } from 'commander';
import { asWeirError, WeirError } from '../base/index.ts';
import { type Finding, fail, type Health, loadConfig, nodeSocket, ok, warn } from '../server/index.ts';
import { newCommand, oneOf, withExamples } from './command-line.ts';
import { checkAndRepair, refuseMixed } from './doctor-check.ts';
import { diskFindings } from './doctor-disk.ts';
import { type DoctorLevel, doctorLevels, renderLevels, retentionFindings } from './doctor-levels.ts';
import { machineFindings } from './doctor-machine.ts';
import { nodeMeant } from './doctor-node.ts';
import { planRate, showPlan } from './doctor-plan-command.ts';
import { fetchJson } from './http-connection.ts';
import { print } from './output.ts';
import { renderFindings } from './render-findings.ts';

interface Flags {
  readonly data?: string;
  readonly config?: string;
  readonly plan?: number;
  readonly format: 'table' | 'json';
  readonly check?: true;
  readonly dryRun?: true;
}

export function doctorCommand(): Command {
  const command = newCommand('doctor')
    .option('--data <dir>', 'data directory to look at (default: that of the running node, else ./weir-data)')
    .option('--config <file>', 'configuration whose ports and limits are looked at')
    .option(
      '--plan <rate>',
      'what so many flows a second would need on this machine; measures for some seconds',
      planRate,
    )
    .option(
      '--check',
      'read every file of a store that no node runs on, and repair what can be repaired without losing anything',
    )
    .option('--dry-run', 'with --check: only look, and change nothing')
    .option('--format <form>', 'table or json', oneOf('--format', ['table', 'json']), 'table' as const);
  withExamples(
    command,
    'weir doctor',
    'weir doctor --data /var/lib/weir --format json',
    'weir doctor --plan 50000',
    'weir doctor --check --dry-run --data /var/lib/weir',
  );
  return command.action(async (flags: Flags) => {
    refuseMixed(flags);
    if (flags.check) return checkAndRepair(flags);
    if (flags.plan !== undefined) return showPlan(flags.plan, flags);
    const { findings, levels, retentionBytes } = await examine(flags);
    await print(
      flags.format === 'json'
        ? `${JSON.stringify({ findings, levels })}\n`
        : `${renderFindings(findings)}${renderLevels(levels, retentionBytes)}`,
    );
    if (findings.some((f) => f.level === 'fail')) process.exitCode = 1;
  });
}

interface Examined {
  readonly findings: Finding[];
  readonly levels: readonly DoctorLevel[];
  readonly retentionBytes: number;
}

async function examine(flags: Flags): Promise<Examined> {
  const config = loadConfig({
    env: process.env,
    ...(flags.config ? { file: flags.config } : {}),
    flags: { data: flags.data },
  });
  const { node, data } = nodeMeant(config, flags);
  const running = await nodeFindings(data, node?.pid);
  // A running node has its ports and limits: those of a configuration that it may not have been started with say nothing.
  const ports = running.health ? {} : config;
  const store = running.health?.store as { retention_bytes?: number | null; free_share?: number } | undefined;
  const retentionBytes = store?.retention_bytes ?? config.retention_bytes;
  const freeShare = store?.free_share ?? config.free_space;
  const levels = doctorLevels(running.health, data, config);
  const findings = [
    ...(await machineFindings(ports, node?.pid ?? null)),
    ...diskFindings(data, retentionBytes, freeShare),
    ...retentionFindings(levels, retentionBytes),
    ...running.findings,
  ];
  return { findings, levels, retentionBytes };
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
