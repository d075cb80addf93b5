/** The table of commands. Loading one is left to its turn, so that `run` starts without what the others import. */
import type { Command } from "./command.ts";

/** One line of the table. `summary` is doubled from the command, so that the overview loads none of them. */
export interface CommandEntry {
  readonly name: string;
  readonly summary: string;
  /** Part of the product's own machinery, such as the echo server of `bench`; not shown. */
  readonly hidden?: boolean;
  /** Listens or connects; every other command gives up that right before it runs. */
  readonly network?: true;
  load(): Promise<{ readonly command: Command }>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: "init",
    summary: "make a configuration, a signing key and a ledger",
    load: () => import("./init.ts"),
  },
  {
    name: "run",
    summary: "stand in front of an MCP server",
    network: true, // kept only where there are witnesses to ask
    load: () => import("./run.ts"),
  },
  {
    name: "policy",
    summary: "check, test, explain, simulate or import a policy",
    load: () => import("./policy.ts"),
  },
  { name: "approve", summary: "let a held call pass", load: () => import("./approve.ts") },
  { name: "deny", summary: "refuse a held call", load: () => import("./deny.ts") },
  {
    name: "pins",
    summary: "look at tools that changed, and accept or reject them",
    load: () => import("./pins.ts"),
  },
  { name: "audit", summary: "read the ledger", load: () => import("./audit.ts") },
  { name: "tail", summary: "follow the ledger as it grows", load: () => import("./tail.ts") },
  { name: "stats", summary: "count what happened, and how long it took", load: () => import("./stats.ts") },
  {
    name: "report",
    summary: "write a page, or Markdown, of what happened and what proves it",
    load: () => import("./report.ts"),
  },
  {
    name: "controls",
    summary: "show which controls of NIST, NCCoE and OWASP the ledger has evidence for",
    load: () => import("./controls.ts"),
  },
  {
    name: "verify",
    summary: "prove that a ledger, a pack or a receipt is what was written",
    load: () => import("./verify.ts"),
  },
  {
    name: "checkpoint",
    summary: "sign the ledger as it is now, to keep elsewhere",
    network: true, // kept only where there are witnesses to ask
    load: () => import("./checkpoint.ts"),
  },
  {
    name: "receipt",
    summary: "prove one entry to somebody who has the public key",
    load: () => import("./receipt.ts"),
  },
  {
    name: "export",
    summary: "hand out entries with everything that proves them",
    network: true, // kept only for a bucket
    load: () => import("./export.ts"),
  },
  {
    name: "certificate",
    summary: "state what the ledger says of a period, signed, or check such a statement",
    load: () => import("./certificate.ts"),
  },
  {
    name: "witness",
    summary: "watch over other ledgers: cosign what continues what was seen",
    network: true,
    load: () => import("./witness.ts"),
  },
  {
    name: "ledger",
    summary: "let go of recorded payloads and entries that are old",
    load: () => import("./ledger.ts"),
  },
  {
    name: "identity",
    summary: "make and check tokens that prove who an agent is",
    load: () => import("./identity.ts"),
  },
  {
    name: "key",
    summary: "show, replace or protect the key that signs the ledger",
    load: () => import("./key.ts"),
  },
  {
    name: "canary",
    summary: "make a value to plant, whose appearance in a call gives a theft away",
    load: () => import("./canary.ts"),
  },
  {
    name: "bench",
    summary: "measure what a call costs, against the direct path",
    load: () => import("./bench.ts"),
  },
  { name: "doctor", summary: "say what is set up, and what to repair", load: () => import("./doctor.ts") },
  {
    name: "completions",
    summary: "print a completion script for a shell",
    load: () => import("./completions.ts"),
  },
  { name: "version", summary: "print the version", load: () => import("./version.ts") },
  { name: "help", summary: "show help for a command", load: () => import("./help.ts") },
  {
    name: "echo-server",
    summary: "the upstream that bench measures with",
    hidden: true,
    load: () => import("./echo_server.ts"),
  },
];

/** The entry of that name. */
export function findEntry(name: string): CommandEntry | undefined {
  return COMMANDS.find((entry) => entry.name === name);
}

/** The names that a person is told. */
export const COMMAND_NAMES: readonly string[] = COMMANDS.filter(({ hidden }) => hidden !== true)
  .map(({ name }) => name);
