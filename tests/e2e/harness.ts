/**
 * What the end-to-end tests are made of: the product as a process (from source, or the binary in COUNTERSIGN_BIN), a
 * client that speaks in lines, a box that cleans up after each test, and the ledger as the product's own commands show
 * it. Nothing here looks inside the product: what these tests know, any user can see.
 */
export { type Box, openBox, type Proxying } from "./harness/box.ts";
export { DEADLINE_MS, poll, within } from "./harness/deadline.ts";
export { assertVerifies, audit, type Entry, forwarded, type Verification, verify } from "./harness/ledger.ts";
export { type Launch, LineClient, type Received } from "./harness/line_client.ts";
export { noneLeft, processesWith, signal } from "./harness/processes.ts";
export { fixture, fixtureWithPackages, isBinary, npmServer, product, ROOT } from "./harness/product.ts";
export { type Finished, runOnce } from "./harness/run_once.ts";

/** `full` under SLOW=1, as the acceptance asks; else `quick`, as the everyday suite can bear. */
export function rounds(quick: number, full: number): number {
  return Deno.env.get("SLOW") === "1" ? full : quick;
}
