/** The scanner: made once from the operator's exceptions, asked for every message. */
import { type Clock, err, ok, type Result, systemClock } from "../base/mod.ts";
import { EMPTY_REPORT } from "../verdict/mod.ts";
import { canaryDetector } from "./canaries.ts";
import { Detection, type GuestDetector, houseDetection } from "./detect.ts";
import {
  DEFAULT_SCAN_LIMITS,
  type Inspection,
  type InspectionResult,
  type InspectionTools,
  type ScanLimits,
} from "./inspection.ts";
import type { FindPattern } from "./injection/extra.ts";
import type { InjectionOptions } from "./injection/injection.ts";
import { MessageScan } from "./message_scan.ts";
import { isBlank, survey, surveyJoints, type SurveyOptions } from "./survey.ts";
import { readOverrides, type ScanOverride } from "./overrides.ts";
import type { OwnDetector } from "./own_detector.ts";

const MAX_ROUNDS = 4;

/** What the operator configured. Plain data: it crosses a channel. */
export interface ScanOptions {
  readonly overrides: readonly ScanOverride[];
  /** Detectors that the operator wrote. */
  readonly detectors?: readonly OwnDetector[];
  /** Planted values that must never appear in a call: at least 8 characters each. */
  readonly canaries?: readonly string[];
  readonly injection?: InjectionOptions;
}

export interface Scanner {
  /** Looks at one message. Total and synchronous: whatever the text is, there is a report. */
  inspect(inspection: Inspection): InspectionResult;
}

/** What a test sets. */
export interface ScannerParts {
  readonly clock?: Clock;
  readonly limits?: Partial<ScanLimits>;
  /** The detectors of `ScanOptions.detectors`, loaded; `loadScanner` does that. */
  readonly own?: readonly GuestDetector[];
  /** The patterns of `ScanOptions.injection`, compiled; `loadScanner` does that. */
  readonly extra?: readonly FindPattern[];
}

/** Makes a scanner; the error is a phrase about the first option that is off. */
export function createScanner(options: ScanOptions, parts: ScannerParts = {}): Result<Scanner, string> {
  const own = parts.own ?? [];
  if (own.length !== (options.detectors ?? []).length) {
    return err("detectors of the operator's own need loadScanner");
  }
  const extra = parts.extra ?? [];
  if (extra.length !== (options.injection?.extraPatterns ?? []).length) {
    return err("extra patterns of injections need loadScanner");
  }
  const actions = readOverrides(options.overrides, own);
  if (!actions.ok) return actions;
  const canary = canaryDetector(options.canaries ?? []);
  if (!canary.ok) return canary;
  const guests = canary.value === undefined ? own : [...own, canary.value];
  const tools: InspectionTools = {
    actions: actions.value,
    limits: { ...DEFAULT_SCAN_LIMITS, ...parts.limits },
    clock: parts.clock ?? systemClock,
    detection: guests.length === 0 ? houseDetection() : new Detection(guests),
    injection: { ...options.injection, extra },
  };
  return ok({ inspect: (inspection) => inspect(inspection, tools) });
}

function inspect(inspection: Inspection, tools: InspectionTools): InspectionResult {
  const { text } = inspection;
  const { maxUnits } = tools.limits;
  if (text.length > maxUnits) {
    const gap = `the message has ${text.length} characters, and no more than ${maxUnits} are scanned`;
    return { report: { ...EMPTY_REPORT, complete: false, gap } };
  }
  const options: SurveyOptions = {
    detection: tools.detection,
    direction: inspection.direction,
    everything: tools.injection.extra.length > 0,
    actionOf: (id) => tools.actions.of(id, inspection),
  };
  const seen = survey(text, options);
  if (isBlank(seen)) return { report: EMPTY_REPORT };
  const result = new MessageScan(inspection, tools, seen).run();
  return maskJoints(inspection, tools, { options, result });
}

interface Masking {
  readonly options: SurveyOptions;
  readonly result: InspectionResult;
}

/** Masks until nothing is left that is cut over strings. Each round masks more, and more than one is rare. */
function maskJoints(
  inspection: Inspection,
  tools: InspectionTools,
  { options, result }: Masking,
): InspectionResult {
  let { clean, report } = result;
  for (let round = 0; clean !== undefined && round < MAX_ROUNDS; round++) {
    const left = surveyJoints(clean, options);
    if (left.joined.size === 0) return { report, clean };
    const again = new MessageScan({ ...inspection, text: clean }, tools, left).run();
    report = { ...report, findings: [...report.findings, ...again.report.findings] };
    if (again.withhold || again.clean === undefined) return { ...again, report };
    clean = again.clean;
  }
  return clean === undefined ? result : { report, withhold: true };
}
