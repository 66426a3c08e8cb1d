import type { ReportedTotals, SavedReport } from './export-totals.ts';
import type { NamedThings } from './named-things.ts';
import type { OpenMinute, OpenPackets } from './open-packets.ts';
import type { SamplingStatement, SamplingTable } from './sampling-table.ts';

/** What is kept of an exporter over a restart. Names are lists of [number, texts...]. */
export interface SavedFacts {
  readonly version: 1;
  readonly systemInitMs: number;
  readonly turnsIntervals: boolean;
  readonly sampling: readonly SamplingStatement[];
  readonly sequences: readonly (readonly [number, readonly number[]])[];
  readonly interfaces: readonly (readonly [number, string, string])[];
  readonly vrfs: readonly (readonly [number, string])[];
  readonly applications: readonly (readonly [number, string, string, string, string, string])[];
  /** Without them, the first report after a restart would be where counting begins, and a replay would count less than was seen live. */
  readonly totals: readonly SavedReport[];
  /** Absent in files of before. */
  readonly open?: readonly OpenMinute[];
}

const SUBJECTS = ['sampler', 'selector', 'interface', 'exporter'] as const;
const MAX_TEXT = 512;

export function writeFacts(
  sampling: SamplingTable,
  names: NamedThings,
  totals: ReportedTotals,
  open: OpenPackets,
  systemInitMs: number,
): SavedFacts {
  return {
    version: 1,
    systemInitMs,
    turnsIntervals: sampling.order.turns,
    sampling: [...sampling.all()],
    sequences: [...sampling.allSequences()],
    interfaces: [...names.interfaces].map(([id, { name, description }]) => [id, name, description]),
    vrfs: [...names.vrfs],
    applications: [...names.applications].map(([id, a]) => [
      id,
      a.name,
      a.description,
      a.category,
      a.subCategory,
      a.group,
    ]),
    totals: totals.save(),
    open: open.list(),
  };
}

/** Fills all four from what `writeFacts` made and gives back the boot time. The file may be damaged: entries that are not what they should be are left out. */
export function readFacts(
  value: unknown,
  sampling: SamplingTable,
  names: NamedThings,
  totals: ReportedTotals,
  open: OpenPackets,
): number {
  if (typeof value !== 'object' || value === null) return 0;
  const saved = value as Record<string, unknown>;
  for (const entry of listOf(saved.sampling)) {
    const said = readStatement(entry);
    if (said !== undefined) sampling.put(said);
  }
  for (const entry of listOf(saved.sequences)) {
    const [id, selectors] = listOf(entry);
    const list = listOf(selectors).filter(isNumber).slice(0, 16);
    if (isNumber(id) && list.length > 0) sampling.putSequence(id, list);
  }
  if (saved.turnsIntervals === true) sampling.order.turns = true;
  readNames(saved, names);
  for (const entry of listOf(saved.totals)) {
    const [scope, total, exportMs, bootMs] = listOf(entry);
    if (typeof scope !== 'string' || !isTotal(total) || !isNumber(exportMs) || !isNumber(bootMs)) continue;
    totals.put(text(scope), total, exportMs, bootMs);
  }
  for (const entry of listOf(saved.open)) {
    const [minute, packets] = listOf(entry);
    if (isNumber(minute) && isTotal(packets)) open.put(minute, packets);
  }
  return isNumber(saved.systemInitMs) ? saved.systemInitMs : 0;
}

function readNames(saved: Record<string, unknown>, names: NamedThings): void {
  for (const entry of listOf(saved.interfaces)) {
    const [id, ifName, ifDescription] = listOf(entry);
    if (isNumber(id)) names.learnInterface(id, { ifName: text(ifName), ifDescription: text(ifDescription) });
  }
  for (const entry of listOf(saved.vrfs)) {
    const [id, name] = listOf(entry);
    if (isNumber(id) && typeof name === 'string') names.learnVrf(id, text(name));
  }
  for (const entry of listOf(saved.applications)) {
    const [id, name, description, category, subCategory, group] = listOf(entry);
    // Ids of some applications are negative: applicationKey in named-things.ts.
    if (!Number.isSafeInteger(id)) continue;
    names.learnApplication(id as number, {
      name: text(name),
      description: text(description),
      category: text(category),
      subCategory: text(subCategory),
      group: text(group),
    });
  }
}

function readStatement(entry: unknown): SamplingStatement | undefined {
  if (typeof entry !== 'object' || entry === null) return undefined;
  const { subject, id, ifIndex, direction, rate, name, filter, scope, form, seenMs } = entry as Record<string, unknown>;
  const known = SUBJECTS.find((name) => name === subject);
  if (known === undefined || !isNumber(rate) || rate > 0xffff_ffff || !isNumber(ifIndex)) return undefined;
  if (known === 'sampler' || known === 'selector' ? !isNumber(id) : id !== -1) return undefined;
  return {
    subject: known,
    id: id as number,
    ifIndex,
    direction: direction === 'out' ? 'out' : 'in',
    rate,
    name: text(name),
    filter: filter === true,
    scope: text(scope),
    form: isNumber(form) ? form : 0,
    seenMs: isNumber(seenMs) ? seenMs : 0,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function text(value: unknown): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : '';
}

/** Whole and not negative, as numbers of interfaces, samplers, rates and times are. */
function isNumber(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** Totals of 8 bytes may be beyond what is exact. */
function isTotal(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 2 ** 64;
}
