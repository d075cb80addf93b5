/**
 * policy: documents → layers of rules → decisions, with every step told on demand.
 * Input: policy files are trusted in their intent and read strictly; requests are ATTACKER-CONTROLLED. Pure: no clock, no
 * I/O, no store. Thread: policy worker, and cli for check and explain.
 * Imports: base, verdict, diagnostic; `re2js` only once a policy has a regex.
 */
export { BUNDLED_POLICIES, bundledCases, bundledPolicy } from "./bundled.ts";
export type { CaseText } from "./bundled_cases.ts";
export type { Book } from "./book.ts";
export { type CaseFile, type PolicyCase, readCases } from "./case_file.ts";
export { type CaseResult, runCases } from "./cases.ts";
export { type UncoveredArm, uncoveredArms } from "./coverage.ts";
export { importPolicy } from "./import/import_policy.ts";
export {
  IMPORT_KINDS,
  type Imported,
  type ImportKind,
  type ImportNote,
  type ImportNoteKind,
  type ImportSource,
} from "./import/types.ts";
export { type LoadAnswer, type LoadedPolicy, type Loading, PolicyInForce } from "./in_force.ts";
export { type LoadOptions, loadPolicy } from "./load.ts";
export type { Layer } from "./layer.ts";
export { isKnownMethod, JUDGED_METHODS, KNOWN_METHODS } from "./methods.ts";
export { type Explanation, Policy } from "./policy.ts";
export { UNKNOWN_ARGUMENTS } from "./outlook.ts";
export { policyReference } from "./reference.ts";
export type { Rule } from "./rule.ts";
export type { PolicySource } from "./source.ts";
export type { TraceLine } from "./explain.ts";
export { hiddenTools } from "./visible.ts";
export {
  type RecordedAnswer,
  type RecordedCall,
  type SimulatedChange,
  Simulation,
  type SimulationResult,
} from "./simulation.ts";
