/** What the product itself says about the ledger, read through its commands: tests know no other way in. */
import { assert, assertEquals } from "@std/assert";
import type { Box } from "./box.ts";

/** The fields of an entry that these tests look at (spec: ledger, "Entry"). */
export interface Entry {
  readonly seq: number;
  readonly kind: string;
  readonly session: string;
  readonly method?: string;
  readonly tool?: string;
  readonly form?: string;
  readonly call?: number;
  readonly decision?: string;
  readonly verdict?: string;
  readonly enforced?: boolean;
  readonly reason?: string;
  readonly rules?: readonly string[];
  readonly agent?: { readonly id: string; readonly roles: readonly string[]; readonly verified: boolean };
  readonly policy?: string;
  readonly labels?: readonly string[];
  readonly cleared?: readonly string[];
  readonly hidden?: number;
  readonly hidden_tools?: readonly string[];
  readonly tools?: readonly string[];
  readonly fields?: readonly string[];
  readonly findings?: readonly { readonly id: string; readonly at: string; readonly count: number }[];
  readonly prev: string;
  readonly hash: string;
}

/** All entries, oldest first, as `audit --json` prints them. */
export async function audit(box: Box): Promise<Entry[]> {
  const { code, stdout, stderr } = await box.look([
    "audit",
    "--json",
    "-n",
    "1000000",
    "--config",
    box.configPath,
  ]);
  assertEquals(code, 0, `audit --json ended with ${code}:\n${stderr}`);
  const entries = stdout.split("\n").filter((line) => line !== "").map((line): Entry => JSON.parse(line));
  return entries.sort((a, b) => a.seq - b.seq);
}

/** What `verify --json` prints, and its exit code. */
export interface Verification {
  readonly code: number;
  readonly status: string;
  readonly entries: number;
  readonly finding?: { readonly seq: number; readonly check: string; readonly detail: string };
}

export async function verify(box: Box): Promise<Verification> {
  const { code, stdout, stderr } = await box.look(["verify", "--json", "--config", box.configPath]);
  assert(stdout !== "", `verify --json ended with ${code} and printed nothing:\n${stderr}`);
  return { ...JSON.parse(stdout), code };
}

/** Fails unless the ledger verifies with one of `statuses` and its sequence has no gap and no fork. */
export async function assertVerifies(box: Box, statuses: readonly string[] = ["intact"]): Promise<Entry[]> {
  const { status, finding, code } = await verify(box);
  assert(
    statuses.includes(status),
    `verify says ${status}, wanted ${statuses.join(" or ")}: ${JSON.stringify(finding)}`,
  );
  assertEquals(code, 0);
  const entries = await audit(box);
  assertEquals(entries.map(({ seq }) => seq), entries.map((_, index) => index), "the sequence has a gap");
  for (const [index, entry] of entries.slice(1).entries()) {
    assertEquals(entry.prev, entries[index]?.hash, `entry ${entry.seq} does not follow the one before it`);
  }
  return entries;
}

/** The calls (and notices) that the ledger says left for the upstream. */
export function forwarded(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ kind, verdict }) =>
    kind === "call" && (verdict === "forward" || verdict === "redact")
  );
}
