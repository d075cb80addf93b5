/**
 * scan: looks into every text that crosses and says what is in it, and what is left when the secrets are masked.
 *
 * Input: all of it is ATTACKER-CONTROLLED; every step is linear in its length and nothing in it can turn a step off.
 * Thread: the scan worker, which has no permissions; the commands. Imports: base, verdict;
 * `re2js` only once the operator has a detector.
 */
export { createScanner, type Scanner, type ScannerParts, type ScanOptions } from "./scanner.ts";
export { warmUp } from "./warm_up.ts";
export { loadScanner } from "./load_scanner.ts";
export { INJECTION_PREFIX } from "./message_signs.ts";
export { CANARY_ID } from "./canaries.ts";
export type { Inspection, InspectionResult, ScanLimits } from "./inspection.ts";
export { DEFAULT_SCAN_LIMITS } from "./inspection.ts";
export type { ScanOverride } from "./overrides.ts";
export type { OwnDetector } from "./own_detector.ts";
export type { InjectionOptions } from "./injection/injection.ts";
export type { DetectorInfo, Examples } from "./detector.ts";
export { DETECTORS } from "./detectors/all.ts";
export { checkDetectors, type ExampleProblem } from "./examples.ts";
export { type DetectorId, SCAN_DETECTOR_IDS } from "./ids.ts";
