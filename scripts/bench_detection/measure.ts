/** Runs the scanner over the corpora and counts. */
import { createScanner, DETECTORS, type InspectionResult, type Scanner } from "../../lib/scan/mod.ts";
import { type Direction, FAULTED_REPORT, type Finding } from "../../lib/verdict/mod.ts";
import type {
  CallSample,
  Corpora,
  GapSample,
  InjectionSample,
  OutputSample,
  SecretSample,
} from "./corpus.ts";
import { type Dressed, DRESSES } from "./dresses.ts";

/** From this score on the bundled policies ask a person. */
export const THREAT_MIN = 4;
export const DIRECTIONS: readonly Direction[] = ["to-upstream", "to-client"];

/** How many, of how many. */
export interface Share {
  readonly hit: number;
  readonly of: number;
}

/** A secret that was not caught, in this dress and direction. */
export interface Miss {
  readonly id: string;
  readonly shape: string;
  readonly dress: string;
  readonly direction: Direction;
}

/** What came of one dressed secret. */
export interface SecretTrial extends Miss {
  readonly family: string;
  /** It did not get through. */
  readonly caught: boolean;
  /** And it was called by its right name. */
  readonly named: boolean;
}

/** What was seen in a file of ordinary work, written as an argument or read as a result. */
export interface BenignTrial {
  readonly shape: string;
  readonly direction: Direction;
  /** Ids of the detectors of secrets, and of the signs of an injection. */
  readonly secrets: readonly string[];
  readonly signs: readonly string[];
  readonly complete: boolean;
  /** The strongest thing that would be done about it. */
  readonly outcome: Outcome;
  readonly score: number;
}

/** What is always taken out, whoever sent it: no finding about the file. */
const TAKEN_OUT: readonly string[] = ["terminal-escape"];

/** `changed`: nothing was found, and something was taken out (escapes, invisible characters). */
export type Outcome = "none" | "changed" | "annotated" | "masked" | "withheld" | "blocked" | "incomplete";

export interface ThreatTrial {
  readonly category: string;
  readonly shape: string;
  readonly score: number;
  readonly parts: readonly string[];
}

export interface InjectionTrial {
  readonly family: string;
  readonly shape: string;
  readonly outcome: Outcome;
  readonly signs: readonly string[];
}

export interface Measurement {
  readonly secrets: readonly SecretTrial[];
  readonly benign: readonly BenignTrial[];
  readonly threats: readonly ThreatTrial[];
  readonly calls: readonly ThreatTrial[];
  readonly injections: readonly InjectionTrial[];
}

const FAMILIES: ReadonlyMap<string, string> = new Map(DETECTORS.map(({ id, family }) => [id, family]));

/** The family of a detector; `undefined` for the id of something else. */
export function familyOf(id: string): string | undefined {
  return FAMILIES.get(id);
}

/** Everything, with a scanner as it comes. Detectors that are off by default are measured as if they were on. */
export function measure(corpora: Corpora): Measurement {
  const scanner = makeScanner();
  return {
    secrets: corpora.secrets.flatMap((sample) => tryDresses(sample, scannerFor(sample.id, scanner))),
    benign: corpora.outputs.flatMap((sample) =>
      DIRECTIONS.map((direction) => tryBenign(sample, direction, scanner))
    ),
    threats: corpora.threats.map((sample) => tryCall(sample, scanner)),
    calls: corpora.calls.map((sample) => tryCall(sample, scanner)),
    injections: corpora.injections.map((sample) => tryInjection(sample, scanner)),
  };
}

/** Ids that no default looks for. */
const OFF: readonly string[] = ["email"];

function scannerFor(id: string, usual: Scanner): Scanner {
  return OFF.includes(id) ? makeScanner(id) : usual;
}

function makeScanner(on?: string): Scanner {
  const overrides = on === undefined ? [] : [{ detector: on, requests: "block", results: "redact" } as const];
  const created = createScanner({ overrides });
  if (!created.ok) throw new Error(`Cannot make a scanner: ${created.error}`);
  return created.value;
}

/** Asks for the verdict on a body: the arguments of a call, or its result. */
export function inspectBody(
  scanner: Scanner,
  body: unknown,
  direction: Direction,
  tool = "tool",
): InspectionResult {
  const text = JSON.stringify(body);
  try {
    return scanner.inspect({ text, direction, server: "server", tool, method: "tools/call" });
  } catch (cause) {
    // The worker would answer with an error, and whatever it was asked about would be refused.
    return { report: { ...FAULTED_REPORT, gap: `the scanner threw: ${cause}` } };
  }
}

function tryDresses(sample: SecretSample, scanner: Scanner): readonly SecretTrial[] {
  const family = familyOf(sample.id) ?? "unknown";
  return DRESSES.flatMap(({ name, wear }) => {
    const dressed = wear(sample);
    if (dressed === undefined) return [];
    return DIRECTIONS.map((direction) => {
      const result = inspectBody(scanner, bodyOf(dressed, direction), direction);
      return {
        id: sample.id,
        family,
        shape: sample.shape,
        dress: name,
        direction,
        caught: isCaught(result, dressed, direction),
        named: result.report.findings.some(({ id }) => id === sample.id),
      };
    });
  });
}

/** The dressed secret as an argument or in a result. */
export function bodyOf({ texts, structured }: Dressed, direction: Direction): unknown {
  if (direction === "to-upstream") {
    return { name: "save", arguments: texts ? { content: texts } : structured };
  }
  if (texts === undefined) return { content: [], structuredContent: structured };
  return { content: texts.map((text) => ({ type: "text", text })) };
}

/** A call has to be stopped; of a result nothing of the secret may be left. */
function isCaught(result: InspectionResult, { pieces }: Dressed, direction: Direction): boolean {
  const { report: { findings, complete }, clean, withhold } = result;
  if (!complete) return true;
  if (direction === "to-upstream") return findings.some(stops);
  if (withhold === true) return true;
  if (clean === undefined) return false;
  const left = stringsIn(JSON.parse(clean));
  return !pieces.some((piece) => left.some((text) => text.includes(piece)));
}

function stops({ action }: Finding): boolean {
  return action === "block" || action === "ask";
}

function stringsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [key, ...stringsIn(inner)]);
}

function tryBenign({ shape, text }: OutputSample, direction: Direction, scanner: Scanner): BenignTrial {
  const body = direction === "to-client"
    ? resultOf(text)
    : { name: "write_file", arguments: { path: "notes/file", content: text } };
  const result = inspectBody(scanner, body, direction, "write_file");
  const ids = result.report.findings.map(({ id }) => id);
  return {
    shape,
    direction,
    secrets: unique(ids.filter((id) => familyOf(id) !== undefined)),
    signs: unique(ids.filter((id) => familyOf(id) === undefined && !TAKEN_OUT.includes(id))),
    complete: result.report.complete,
    outcome: outcomeOf(result),
    score: result.report.threat.score,
  };
}

/** Some samples are whole results: pictures, sounds, resources. */
function resultOf(text: string): unknown {
  return /^\{"contents?":/.test(text) ? JSON.parse(text) : { content: [{ type: "text", text }] };
}

function outcomeOf({ report: { findings, complete }, clean, withhold }: InspectionResult): Outcome {
  const has = (...actions: readonly string[]) =>
    findings.some(({ id, action }) => actions.includes(action) && !TAKEN_OUT.includes(id));
  if (!complete) return "incomplete";
  if (has("block", "ask")) return "blocked";
  if (withhold === true || has("withhold")) return "withheld";
  if (has("redact")) return "masked";
  if (has("annotate")) return "annotated";
  return clean === undefined ? "none" : "changed";
}

function tryCall(
  { category = "ordinary", shape, tool, arguments: args }: CallSample,
  scanner: Scanner,
): ThreatTrial {
  const { report } = inspectBody(scanner, { name: tool, arguments: args }, "to-upstream", tool);
  return {
    category,
    shape,
    score: report.threat.score,
    parts: unique(report.threat.parts.map(({ id }) => id)),
  };
}

function tryInjection({ family, shape, text }: InjectionSample, scanner: Scanner): InjectionTrial {
  const result = inspectBody(scanner, { content: [{ type: "text", text }] }, "to-client");
  return {
    family,
    shape,
    outcome: outcomeOf(result),
    signs: unique(result.report.findings.map(({ id }) => id)),
  };
}

/** What is seen of a way past the scanner that is known; empty as long as it is one. */
export function seenOfGap({ kind, texts }: GapSample): readonly string[] {
  const scanner = makeScanner();
  return unique(texts.flatMap((text) => [
    ...(kind === "injection"
      ? []
      : seenIn(inspectBody(scanner, { arguments: { text } }, "to-upstream"), kind)),
    ...(kind === "threat"
      ? []
      : seenIn(inspectBody(scanner, { content: [{ type: "text", text }] }, "to-client"), kind)),
  ]));
}

function seenIn(
  { report: { findings, complete, threat } }: InspectionResult,
  kind: string,
): readonly string[] {
  if (!complete) return ["incomplete"];
  if (kind === "threat") return threat.score >= THREAT_MIN ? threat.parts.map(({ id }) => id) : [];
  return findings.map(({ id }) => id);
}

function unique(ids: readonly string[]): readonly string[] {
  return [...new Set(ids)].sort();
}
