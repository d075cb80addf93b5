import { type Fields, readFields, suggestion, type TableNode, typeName } from "../diagnostic/mod.ts";
import type { DetectorConfig, ScanConfig, ScanOverrideConfig } from "./config.ts";
import type { ConfigContext } from "./context.ts";
import { readCanaries, readDetectors, readInjection } from "./read_scan_own.ts";
import { EXCEPTION_FIELDS, OVERRIDE_FIELDS, SCAN_FIELDS } from "./schema.ts";

/** The `[scan]` table with every default filled in. */
export function readScan(table: TableNode | undefined, context: ConfigContext): ScanConfig {
  if (table === undefined) return { overrides: [], detectors: [], canaries: [], injection: {} };
  const fields = readFields(table, SCAN_FIELDS, { sink: context.sink, where: "[scan]" });
  const detectors = readDetectors(fields.tables("detectors"), context);
  const known = { ...context.known, ...withOwn(context.known.detectors, detectors) };
  return {
    overrides: readScanOverrides(fields, { ...context, known }),
    detectors,
    canaries: readCanaries(fields, context),
    injection: readInjection(fields.table("injection"), context),
  };
}

/** Overrides may name what the operator wrote as well. */
function withOwn(house: readonly string[] | undefined, own: readonly DetectorConfig[]) {
  return house === undefined ? {} : { detectors: [...house, ...own.map(({ id }) => id)] };
}

/** `[scan.overrides.<detector>]` and `[[scan.exceptions]]`, as one list. */
function readScanOverrides(fields: Fields, context: ConfigContext): readonly ScanOverrideConfig[] {
  const exceptions = fields.tables("exceptions").map((one) => readException(one, context));
  const list = [...readOverrides(fields, context), ...exceptions.filter((one) => one !== undefined)];
  refuseTwins(list, context);
  return list.map(({ override }) => override);
}

interface Placed {
  readonly override: ScanOverrideConfig;
  readonly at: number;
}

/** Two that are for one place and one direction: nobody should have to know which of them is heard. */
function refuseTwins(list: readonly Placed[], { sink }: ConfigContext): void {
  for (const [i, { override, at }] of list.entries()) {
    if (!list.slice(0, i).some((other) => clash(other.override, override))) continue;
    const message = `a second word on "${override.detector}" for the same place`;
    sink.error(at, message, "keep one of the two");
  }
}

function clash(a: ScanOverrideConfig, b: ScanOverrideConfig): boolean {
  if (a.detector !== b.detector || a.server !== b.server || a.tool !== b.tool) return false;
  return (a.requests !== undefined && b.requests !== undefined) ||
    (a.results !== undefined && b.results !== undefined);
}

function readOverrides(fields: Fields, context: ConfigContext): readonly Placed[] {
  const node = fields.node("overrides");
  if (node === undefined) return [];
  if (node.kind !== "table") {
    context.sink.error(
      node.at,
      `"overrides" is ${typeName(node)}, and must be tables`,
      "write [scan.overrides.us-phone]",
    );
    return [];
  }
  return [...node.fields].flatMap(([detector, { keyAt, value }]) => {
    checkDetector(detector, keyAt, context);
    if (value.kind !== "table") {
      const hint = `write [scan.overrides.${detector}] and requests = "allow" below`;
      context.sink.error(value.at, `"${detector}" is ${typeName(value)}, and must be a table`, hint);
      return [];
    }
    const inner = readFields(value, OVERRIDE_FIELDS, {
      sink: context.sink,
      where: `[scan.overrides.${detector}]`,
    });
    const override = { detector, ...actionsOf(inner) };
    checkChanges(override, keyAt, context);
    checkFloor(override, keyAt, context);
    return [{ override, at: keyAt }];
  });
}

function readException(table: TableNode, context: ConfigContext): Placed | undefined {
  const fields = readFields(table, EXCEPTION_FIELDS, { sink: context.sink, where: "an exception" });
  const detector = fields.text("detector"), server = fields.text("server"), tool = fields.text("tool");
  if (detector === undefined) return undefined;
  checkDetector(detector, fields.node("detector")?.at ?? fields.at, context);
  if (server === undefined && tool === undefined) {
    const hint = `name a server or a tool, or write [scan.overrides.${detector}] to mean all of them`;
    context.sink.error(table.at, "an exception that names no server and no tool", hint);
  }
  for (const [key, name] of [["server", server], ["tool", tool]] as const) {
    if (name === undefined || !/[*?[\]{}]/.test(name)) continue;
    const message = `${JSON.stringify(name)} is a glob, and an exception is for one name`;
    context.sink.error(fields.node(key)?.at ?? fields.at, message, `write the name of one ${key}`);
  }
  const override = {
    detector,
    ...actionsOf(fields),
    ...(server === undefined ? {} : { server }),
    ...(tool === undefined ? {} : { tool }),
  };
  checkChanges(override, table.at, context);
  checkFloor(override, fields.at, context);
  return { override, at: table.at };
}

function actionsOf(fields: Fields): Pick<ScanOverrideConfig, "requests" | "results"> {
  const requests = fields.text("requests") as ScanOverrideConfig["requests"];
  const results = fields.text("results") as ScanOverrideConfig["results"];
  return {
    ...(requests === undefined ? {} : { requests }),
    ...(results === undefined ? {} : { results }),
  };
}

function checkDetector(id: string, at: number, { sink, known: { detectors } }: ConfigContext): void {
  if (detectors === undefined || detectors.includes(id)) return;
  sink.error(at, `unknown detector ${JSON.stringify(id)}`, suggestion(id, detectors));
}

function checkChanges(
  { detector, requests, results }: ScanOverrideConfig,
  at: number,
  { sink }: ConfigContext,
): void {
  if (requests !== undefined || results !== undefined) return;
  sink.error(at, `nothing is changed about "${detector}"`, 'state requests = "…" or results = "…"');
}

/** Keys that open everything are let out towards one named place, never everywhere. */
function checkFloor(
  override: ScanOverrideConfig,
  at: number,
  { sink, known: { floor } }: ConfigContext,
): void {
  const { detector, requests, results, server, tool } = override;
  const opens = requests === "allow" || requests === "ask" || results === "allow";
  if (!opens || floor?.includes(detector) !== true || (server !== undefined && tool !== undefined)) return;
  const hint = "write [[scan.exceptions]] with detector, server and tool";
  sink.error(at, `"${detector}" can be let through for one named server and tool only`, hint);
}
