/** The answer of `policy simulate`, for people and for programs. */
import type { SimulatedChange, SimulationResult } from "../../policy/mod.ts";
import { renderTable } from "../render.ts";
import type { Recording } from "./recorded_event.ts";

/** What a simulation found, and what it could not put to the policy. */
export interface Simulated extends SimulationResult {
  /** Calls that were refused before any policy was asked. */
  readonly unasked: number;
  readonly unreadable: number;
  readonly counted: Recording["counted"];
  readonly policy: { readonly name: string; readonly digest: string };
}

/** What was looked at, what cannot be told, and a table of what changes. */
export function simulationText(found: Simulated, terminal: boolean): string {
  const { policy, calls, withoutArguments, independent, changed, changes, compared } = found;
  const lines = [
    `policy ${policy.name}, ${policy.digest}`,
    `${count(calls, "call")}${
      calls === compared ? "" : `, ${calls - compared} of them without a recorded decision`
    }`,
    ...(withoutArguments === 0 ? [] : [
      `${count(withoutArguments, "call")}: the arguments are not recorded; ` +
      `${count(independent, "decision")} ${independent === 1 ? "does" : "do"} not depend on them`,
    ]),
    ...found.uncounted.map((part) => `not counted, for want of arguments: ${part}`),
    ...(found.unasked === 0
      ? []
      : [`${count(found.unasked, "call")} besides: refused before any policy was asked`]),
    ...(found.unreadable === 0
      ? []
      : [`${found.unreadable} entries cannot be read; countersign verify says why`]),
  ];
  const table = changes.length === 0 ? "" : `\n${tableOf(found, terminal)}\n`;
  const end = changed === 0
    ? `${withoutArguments > independent ? "as far as can be told, " : ""}no decision changes`
    : `${count(changed, "decision")} ${changed === 1 ? "changes" : "change"}`;
  return `${lines.join("\n")}\n${table}${end}\n`;
}

function tableOf({ changes, counted }: Simulated, terminal: boolean): string {
  const headers = ["COUNT", "SERVER", "TOOL", "RECORDED", "NOW", "BY", `FIRST ${counted.toUpperCase()}`];
  return renderTable(headers, changes.map(rowOf), { terminal, right: ["COUNT", headers[6] ?? ""] });
}

function rowOf({ count, server, subject, from, to, rule, first }: SimulatedChange): readonly string[] {
  return [
    String(count),
    server,
    subject,
    from ?? "-",
    to.join(" or "),
    rule || (to.length > 1 ? "the arguments" : "one of several"),
    String(first),
  ];
}

function count(number: number, what: string): string {
  return `${number.toLocaleString("en")} ${what}${number === 1 ? "" : "s"}`;
}

/** One object. `to` has several outcomes where the arguments, which nobody recorded, decide between them. */
export function simulationJson(found: Simulated): string {
  const { policy, calls, compared, changed, changes } = found;
  return `${
    JSON.stringify({
      policy: policy.digest,
      calls,
      compared,
      without_arguments: found.withoutArguments,
      independent: found.independent,
      uncounted: found.uncounted,
      unasked: found.unasked,
      unreadable: found.unreadable,
      changed,
      changes: changes.map(({ server, subject, from, to, rule, count, first }) => ({
        server,
        tool: subject,
        from: from ?? null,
        to,
        rule,
        count,
        first,
      })),
    })
  }\n`;
}
