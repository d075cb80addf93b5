/** The suite's scenarios for clients, run with the product as the one that speaks HTTP: see `client.ts`. */
import { fileURLToPath } from "node:url";
import { ROOT } from "../../tests/e2e/harness/product.ts";
import { startSuite } from "./suite.ts";

export interface Scenario {
  readonly name: string;
  readonly revision: string;
}

/**
 * What the revisions require of a client, and what they report of one, but for authorization, which the product does not do
 * for its upstreams yet.
 */
const NAMES: Readonly<Record<string, readonly string[]>> = {
  "2025-06-18": ["initialize", "tools_call"],
  "2025-11-25": [
    "initialize",
    "tools_call",
    "elicitation-sep1034-client-defaults",
    "sse-retry",
    "json-schema-2020-12-preservation",
  ],
  "2026-07-28": [
    "tools_call",
    "request-metadata",
    "sep-2322-client-request-state",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
    "json-schema-2020-12-preservation",
  ],
};

export const SCENARIOS: readonly Scenario[] = Object.entries(NAMES).flatMap(([revision, names]) =>
  names.map((name) => ({ name, revision }))
);

const CLIENT = fileURLToPath(new URL("./client.ts", import.meta.url));
const SUMMARY_REGEXP = /Passed: (\d+)\/(\d+).*/;

/** Runs one of them. A scenario in which nothing was looked at has shown nothing. */
export async function runScenario(
  { name, revision }: Scenario,
): Promise<{ readonly isGood: boolean; readonly lines: readonly string[] }> {
  const client = `${Deno.execPath()} run --quiet -A --config=${ROOT}deno.json ${CLIENT}`;
  const what = ["client", "--command", client, "--scenario", name, "--spec-version", revision];
  const { success, output } = await startSuite(what);
  const [summary, passed] = SUMMARY_REGEXP.exec(output) ?? ["no summary", "0"];
  const isGood = success && Number(passed) > 0;
  const line = `the official client → countersign → HTTP, ${revision}, ${name}: ${summary}`;
  return { isGood, lines: [line, ...isGood ? [] : [output.slice(-4000)]] };
}
