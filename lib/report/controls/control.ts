/** A control, a concern or a risk of somebody else's list, and what of it this ledger bears out. */
export interface Control {
  /** As its list has it, such as `MEASURE 2.7` or `ASI03`. */
  readonly id: string;
  /** Its title where it has one, else what it asks for, in our own words. */
  readonly title: string;
  /** `supports`: what is done here is a control for it. `contributes`: it helps, and others carry it. `outside`: not here. */
  readonly reach: "supports" | "contributes" | "outside";
  /** What is done here. */
  readonly how: string;
  /** Where the ledger shows it: kinds of entries, fields, commands. */
  readonly evidence: readonly string[];
  /** What of it is not covered. */
  readonly gap: string;
}

/** One list of controls and where it is from. */
export interface Framework {
  readonly id: "nist-ai-rmf" | "nccoe-agent-identity" | "owasp-agentic";
  readonly name: string;
  readonly source: string;
  /** What the list is, so that nobody takes it for more. */
  readonly note: string;
  readonly controls: readonly Control[];
}
