/** The suite's scenarios for clients, run with the product as the one that speaks HTTP: see `client.ts`. */
import { fileURLToPath } from "node:url";
import { ROOT } from "../../tests/e2e/harness/product.ts";
import { SUITE } from "./suite.ts";

/** What the revisions require of a client, but for authorization, which the product does not do for its upstreams yet. */
const SCENARIOS: Readonly<Record<string, readonly string[]>> = {
  "2025-11-25": ["initialize", "tools_call", "elicitation-sep1034-client-defaults", "sse-retry"],
  "2026-07-28": [
    "tools_call",
    "request-metadata",
    "sep-2322-client-request-state",
    "http-standard-headers",
    "http-custom-headers",
    "http-invalid-tool-headers",
    "json-schema-ref-no-deref",
  ],
};

const CLIENT = fileURLToPath(new URL("./client.ts", import.meta.url));
const SUMMARY_REGEXP = /Passed: (\d+)\/(\d+).*/;

/** Runs all of them, one after the other, and shows each in a line. Did all of them pass? */
export async function runUpstreamSide(): Promise<boolean> {
  console.log("\nthe official client → countersign → HTTP");
  let isGood = true;
  for (const [revision, scenarios] of Object.entries(SCENARIOS)) {
    for (const scenario of scenarios) isGood = await runScenario(scenario, revision) && isGood;
  }
  return isGood;
}

async function runScenario(scenario: string, revision: string): Promise<boolean> {
  const client = `${Deno.execPath()} run --quiet -A --config=${ROOT}deno.json ${CLIENT}`;
  const what = ["client", "--command", client, "--scenario", scenario, "--spec-version", revision];
  const args = ["run", "--quiet", "--no-config", "--no-lock", "-A", `npm:${SUITE}`, ...what];
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  const text = new TextDecoder(), output = `${text.decode(stdout)}${text.decode(stderr)}`;
  const [summary, passed] = SUMMARY_REGEXP.exec(output) ?? ["no summary", "0"];
  console.log(`  ${scenario}, ${revision}: ${summary}`);
  // A scenario in which nothing was looked at has shown nothing.
  const isGood = success && Number(passed) > 0;
  if (!isGood) console.error(output);
  return isGood;
}
