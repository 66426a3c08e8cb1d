/** What all sessions of one decoder may keep together: a flood of exporters must not cost more than a bounded memory. */
export class TemplateBudget {
  heldBytes = 0;
  templateBytes = 0;
  /** What options told: names, samplers. */
  factBytes = 0;
  readonly maxHeldBytes: number;
  readonly maxTemplateBytes: number;
  readonly maxFactBytes: number;

  constructor(maxHeldBytes = 8 << 20, maxTemplateBytes = 64 << 20, maxFactBytes = 64 << 20) {
    this.maxHeldBytes = maxHeldBytes;
    this.maxTemplateBytes = maxTemplateBytes;
    this.maxFactBytes = maxFactBytes;
  }

  /** There is hardly room for newcomers: who is silent should make some. */
  get crowded(): boolean {
    return this.templateBytes > 0.9 * this.maxTemplateBytes || this.factBytes > 0.9 * this.maxFactBytes;
  }
}
