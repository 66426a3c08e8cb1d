import { REVERSE_PEN } from './elements/registry.ts';
import { type FieldPlace, lowWordOf, type Slots, type TemplateLayout } from './template-layout.ts';
import { type Targets, targetOf } from './template-targets.ts';

const ICMP = 1;
const ICMPV6 = 58;
const NO_ICMP = 255;

/** Where the type and code of ICMP may stand: together in 16 bits (32, 139), apart (176-179), or in the destination port. */
export interface IcmpPlan {
  readonly together: readonly FieldPlace[];
  /** Types and codes, in pairs; null where one is not there. */
  readonly apart: readonly (readonly [type: FieldPlace | null, code: FieldPlace | null])[];
  /** Whether the port is the flow's own: in the row of the reverse direction it is the source port of a flow that has none. */
  readonly reverse: boolean;
  readonly hasProtocol: boolean;
}

export function planIcmp(layout: TemplateLayout, reverse: boolean, hasProtocol: boolean): IcmpPlan {
  const pen = reverse ? REVERSE_PEN : 0;
  const at = (id: number) => layout.find(pen, [id])?.place ?? null;
  const together = [at(32), at(139)].filter((place) => place !== null);
  const apart = (
    [
      [at(176), at(177)],
      [at(178), at(179)],
    ] as const
  ).filter(([type, code]) => type !== null || code !== null);
  return { together, apart, reverse, hasProtocol };
}

const TYPE = targetOf('icmp_type');
const CODE = targetOf('icmp_code');
const PROTOCOL = targetOf('protocol');
const SRC_PORT = targetOf('src_port');
const DST_PORT = targetOf('dst_port');

/** After protocol and ports: type and code of ICMP into their columns, and out of the ports. */
export function writeIcmp(
  plan: IcmpPlan,
  view: DataView,
  slots: Slots,
  n: number,
  row: number,
  targets: Targets,
): void {
  const types = targets.u8[TYPE]!;
  const codes = targets.u8[CODE]!;
  const protocols = targets.u8[PROTOCOL]!;
  types.fill(NO_ICMP, row, row + n);
  codes.fill(NO_ICMP, row, row + n);
  if (!plan.hasProtocol) return;
  for (let i = 0; i < n; i++) {
    const protocol = protocols[row + i]!;
    if (protocol === ICMP || protocol === ICMPV6) writeOne(plan, view, slots, i, row + i, targets);
  }
}

function writeOne(plan: IcmpPlan, view: DataView, slots: Slots, i: number, r: number, targets: Targets): void {
  const port = targets.u16[DST_PORT]![r]!;
  targets.u16[SRC_PORT]![r] = 0;
  targets.u16[DST_PORT]![r] = 0;
  let both = -1;
  for (const place of plan.together) both = Math.max(both, lowWordOf(view, place, slots, i) & 0xffff);
  for (const [type, code] of plan.apart) {
    const t = type === null ? 0 : lowWordOf(view, type, slots, i) & 255;
    both = Math.max(both, t * 256 + (code === null ? 0 : lowWordOf(view, code, slots, i) & 255));
  }
  // Exporters that fill the port leave the other form, where they send it at all, at 0: echo reply is 0 in both.
  if (both <= 0 && !plan.reverse) both = port;
  if (both < 0) return;
  targets.u8[TYPE]![r] = both >>> 8;
  targets.u8[CODE]![r] = both & 255;
}
