import { idOf, inside, type OptionField, textOf, V9_SCOPE } from './option-values.ts';
import { SamplingFields } from './sampling-rate.ts';

/** Scope types of NetFlow v9 (RFC 3954 section 6.1). */
const V9_SYSTEM = 1;
const V9_INTERFACE = 2;

/** What one options record speaks of, and what it says of sampling. Scope and other fields are read alike: exporters differ in which of them holds the subject. */
export interface OptionRecord {
  /** The low 32 bits of samplerId (48) and selectorId (302), as flow records are asked for them; -1 where absent. */
  readonly samplerId: number;
  readonly selectorId: number;
  /** selectionSequenceId (301), and the selectors that it lists; -1 and none where absent. */
  readonly sequenceId: number;
  readonly sequence: readonly number[];
  /** 0 where absent. Direction matters to sampling, not to names. */
  readonly inIf: number;
  readonly outIf: number;
  readonly samplerName: string;
  readonly sampling: SamplingFields;
  /** The scope as text: two records of equal scope speak of the same thing. */
  readonly scope: string;
  /** Alike for records of one options template. */
  readonly form: number;
}

export function readOptionRecord(
  view: DataView,
  scopes: readonly OptionField[],
  fields: readonly OptionField[],
): OptionRecord {
  const sampling = new SamplingFields();
  const record = {
    samplerId: -1,
    selectorId: -1,
    sequenceId: -1,
    sequence: [] as number[],
    inIf: 0,
    outIf: 0,
    samplerName: '',
    sampling,
    scope: scopeText(view, scopes),
    form: formOf(scopes, formOf(fields, 0)),
  };
  for (const field of scopes) {
    if (field.pen === V9_SCOPE) {
      if (field.id === V9_INTERFACE) record.inIf = Math.max(0, idOf(view, field));
    } else take(field);
  }
  for (const field of fields) take(field);
  return record;

  function take(field: OptionField): void {
    if (field.pen !== 0) return;
    switch (field.id) {
      case 48:
        record.samplerId = idOf(view, field);
        return;
      case 302:
        record.selectorId = idOf(view, field);
        if (record.sequence.length < MAX_SEQUENCE) record.sequence.push(record.selectorId);
        return;
      case 301:
        record.sequenceId = idOf(view, field);
        return;
      case 10:
      case 252:
        record.inIf = Math.max(0, idOf(view, field));
        return;
      case 14:
      case 253:
        record.outIf = Math.max(0, idOf(view, field));
        return;
      case 84:
      case 335:
        record.samplerName = textOf(view, field);
        return;
      default:
        sampling.take(view, field);
    }
  }
}

/** Selectors that follow one another; more than a few are not met. */
const MAX_SEQUENCE = 16;
const MAX_SCOPE_BYTES = 64;

function scopeText(view: DataView, scopes: readonly OptionField[]): string {
  let text = '';
  for (const scope of scopes) {
    if (text.length > MAX_SCOPE_BYTES) break;
    text += `${scope.pen}.${scope.id}=`;
    // An observation domain has one system, whatever number stands there (IOS-XR's looks random).
    if ((scope.pen === V9_SCOPE && scope.id === V9_SYSTEM) || !inside(view, scope)) continue;
    const length = Math.min(scope.length, 16);
    for (let i = 0; i < length; i++)
      text += view
        .getUint8(scope.at + i)
        .toString(16)
        .padStart(2, '0');
    text += ' ';
  }
  return text;
}

/** A hash (FNV-1a over numbers) of which fields there are. */
function formOf(fields: readonly OptionField[], seed: number): number {
  let hash = seed ^ 0x811c_9dc5;
  for (const { pen, id, length } of fields) {
    hash = Math.imul(hash ^ (pen & 0xffff_ffff), 0x0100_0193);
    hash = Math.imul(hash ^ id, 0x0100_0193);
    hash = Math.imul(hash ^ length, 0x0100_0193);
  }
  return hash >>> 0;
}
