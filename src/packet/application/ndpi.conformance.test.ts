import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { findApplication } from '../../flow/index.ts';
import { type RecognisedFlow, recognisedFlows } from './first-payloads.testing.ts';
import { oursFor, type ReferenceFlow, referenceFlows } from './ndpi-results.testing.ts';

const FOLDER = join(import.meta.dirname, '../../../../shared/fixtures/ndpi');
const present = existsSync(FOLDER);
/** Prints every flow that is not as the reference has it; a part of a capture's name picks captures. */
const shown = process.env.WEIR_LABEL_SCORES ?? '';

interface Compared {
  readonly capture: string;
  readonly reference: ReferenceFlow;
  readonly flow: RecognisedFlow | undefined;
  readonly verdict: 'right' | 'wrong' | 'missed' | 'not known here' | 'named' | 'unknown';
}

async function compareCapture(capture: string): Promise<Compared[]> {
  const flows = await recognisedFlows(join(FOLDER, 'pcap', capture));
  const byEnds = new Map<string, RecognisedFlow>();
  for (const flow of flows) {
    byEnds.set(`${flow.protocol} ${flow.source} ${flow.destination}`, flow);
    byEnds.set(`${flow.protocol} ${flow.destination} ${flow.source}`, flow);
  }
  return referenceFlows(join(FOLDER, 'result', `${capture}.out`)).map((reference) => {
    const flow = byEnds.get(`${reference.protocol} ${reference.ends.join(' ')}`);
    return { capture, reference, flow, verdict: verdictOf(reference, flow?.application ?? '') };
  });
}

function verdictOf({ name }: ReferenceFlow, application: string): Compared['verdict'] {
  if (name === '') return application === '' ? 'unknown' : 'named';
  const ours = oursFor(name, (candidate) => findApplication(candidate) !== undefined);
  if (ours.length === 0) return 'not known here';
  if (application === '') return 'missed';
  return ours.includes(application) ? 'right' : 'wrong';
}

describe.skipIf(!present)(`names of nDPI${present ? '' : ' (skipped: ../shared/fixtures is absent)'}`, () => {
  const compared: Compared[] = [];

  beforeAll(async () => {
    for (const capture of readdirSync(join(FOLDER, 'pcap'))) {
      if (existsSync(join(FOLDER, 'result', `${capture}.out`))) compared.push(...(await compareCapture(capture)));
    }
    if (shown !== '') print(compared);
  }, 360_000);

  const count = (verdict: Compared['verdict']) => compared.filter((one) => one.verdict === verdict).length;

  it('are of flows that are found again', () => {
    // All but two whose headers end before their ports, and one whose address it prints as no address is written.
    expect(compared.filter(({ flow }) => flow === undefined)).toHaveLength(3);
    expect(compared.length).toBeGreaterThan(1400);
  });

  it('are those of Weir for 97 of 100 flows that both name', () => {
    expect(count('right') / (count('right') + count('wrong'))).toBeGreaterThanOrEqual(0.97);
  });

  it('are missing where Weir has one for fewer than 2 of 100 flows', () => {
    expect(count('named') / (count('named') + count('unknown'))).toBeLessThan(0.02);
  });
});

function print(compared: readonly Compared[]): void {
  const lines = new Map<string, number>();
  for (const { capture, reference, flow, verdict } of compared) {
    if (verdict === 'right' || verdict === 'unknown') continue;
    if (shown !== '1' && !capture.includes(shown)) continue;
    const first = flow?.sides.map(({ payloads }) => payloads.slice(0, 2).map(start).join(' / ')).join(' || ');
    const example = shown === '1' ? '' : ` ${reference.ends.join(' ')} ${first}`;
    const line = `${verdict}: ${capture} ${reference.protocol} ${reference.name} (${reference.confidence}) here ${flow?.application}?${flow?.candidate}${example}`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  const verdicts = ['right', 'wrong', 'missed', 'not known here', 'named', 'unknown'] as const;
  const counts = verdicts.map((verdict) => `${verdict} ${compared.filter((one) => one.verdict === verdict).length}`);
  const sorted = [...lines].sort(([a], [b]) => (a < b ? -1 : 1)).map(([line, times]) => `${times} x ${line}`);
  process.stdout.write(`${sorted.join('\n')}\n${counts.join(', ')}\n`);
}

const start = (bytes: Buffer) => `${bytes.length}:${bytes.subarray(0, 24).toString('hex')}`;
