import { availableParallelism } from 'node:os';
import { WeirError } from '../base/index.ts';
import { loadConfig, runningNodes } from '../server/index.ts';
import { udpLimits } from '../system/index.ts';
import { existingParent } from './doctor-disk.ts';
import { usableMemory } from './doctor-machine.ts';
import { nodeMeant } from './doctor-node.ts';
import { type Plan, planLoad } from './doctor-plan.ts';
import { measureMachine } from './doctor-plan-measure.ts';
import { renderPlan } from './doctor-plan-render.ts';
import { beginSession } from './interrupt.ts';
import { print } from './output.ts';
import { renderFindings } from './render-findings.ts';

const MOST_RATE = 100_000_000;
const BUDGET_MS = 8_000;

/** Of `--plan`: flows a second. */
export function planRate(text: string): number {
  const rate = Number(text);
  if (/^\d+$/.test(text) && rate >= 1 && rate <= MOST_RATE) return rate;
  throw new WeirError('usage', `--plan: expected flows a second, a whole number from 1 to 100,000,000, not "${text}"`);
}

export interface PlanFlags {
  readonly data?: string;
  readonly config?: string;
  readonly format: 'table' | 'json';
}

/** Measures, and prints what `rate` flows a second would need; how long it takes can be set, for tests. */
export async function showPlan(rate: number, flags: PlanFlags, budgetMs = BUDGET_MS): Promise<void> {
  const plan = await makePlan(rate, flags, budgetMs);
  // After: one that was starting meanwhile is in the figures too.
  const nodes = runningNodes();
  if (flags.format === 'json') return print(`${JSON.stringify({ ...plan, nodes_running: nodes.length })}\n`);
  await print(renderPlan(plan, renderFindings(plan.findings), nodes.length > 0));
}

export async function makePlan(
  rate: number,
  flags: Pick<PlanFlags, 'data' | 'config'>,
  budgetMs: number,
): Promise<Plan> {
  const config = loadConfig({
    env: process.env,
    ...(flags.config ? { file: flags.config } : {}),
    flags: { data: flags.data },
  });
  const session = beginSession();
  if (process.stderr.isTTY)
    process.stderr.write(`measuring this machine for about ${budgetMs / 1_000} s (Ctrl-C ends it) ...\n`);
  try {
    const measured = await measureMachine({
      place: existingParent(nodeMeant(config, flags).data),
      flowsPerSecond: rate,
      segmentRows: config.segment_rows,
      budgetMs,
      signal: session.signal,
    });
    const granted = udpLimits();
    const socket = granted.grantedFor64MiB?.grantedBytes ?? granted.rmemMax;
    const machine = {
      cores: availableParallelism(),
      memoryBytes: usableMemory(),
      socketBytes: socket === null ? null : 2 * socket,
    };
    return planLoad(rate, measured, machine, config);
  } finally {
    session.end();
  }
}
