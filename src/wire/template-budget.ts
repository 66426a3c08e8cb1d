/** What all sessions of one decoder may keep together: a flood of exporters must not cost more than a bounded memory. */
export class TemplateBudget {
  heldBytes = 0;
  templateBytes = 0;
  readonly maxHeldBytes: number;
  readonly maxTemplateBytes: number;

  constructor(maxHeldBytes = 8 << 20, maxTemplateBytes = 64 << 20) {
    this.maxHeldBytes = maxHeldBytes;
    this.maxTemplateBytes = maxTemplateBytes;
  }
}
