/** The flags of `policy`, with the actions that have a use for each. */
import { Fault } from "../../base/mod.ts";
import type { Args, Flag } from "../command.ts";

interface ActionFlag extends Flag {
  /** The actions that it is for; absent: all of them. */
  readonly of?: readonly string[];
}

const TABLE: readonly ActionFlag[] = [
  { name: "tool", kind: "string", value: "T", help: "name of the tool", of: ["explain"] },
  {
    name: "args",
    kind: "string",
    value: "JSON",
    help: "the arguments; {} where it is left out",
    of: ["explain"],
  },
  { name: "agent", kind: "string", value: "A", help: "id of the agent", of: ["explain"] },
  {
    name: "role",
    kind: "list",
    value: "R",
    help: "a role from a verified token; may be repeated",
    of: ["explain"],
  },
  {
    name: "verified",
    kind: "boolean",
    help: "the agent has a verified token, with or without a role",
    of: ["explain"],
  },
  {
    name: "label",
    kind: "list",
    value: "L",
    help: "a label that is on the session; may be repeated",
    of: ["explain"],
  },
  {
    name: "calls",
    kind: "number",
    value: "N",
    help: "how many calls the session has made; 0 where left out",
    of: ["explain"],
  },
  {
    name: "at",
    kind: "string",
    value: "TIME",
    help: "when, such as 2026-11-20T09:00:00Z; now where left out",
    of: ["explain"],
  },
  { name: "server", kind: "string", value: "S", help: "name of the server", of: ["explain"] },
  {
    name: "method",
    kind: "string",
    value: "M",
    help: "the MCP method; tools/call where left out",
    of: ["explain"],
  },
  {
    name: "expect",
    kind: "string",
    value: "OUTCOME",
    help: "exit with 1 unless the outcome is this: allow, deny, ask or redact",
    of: ["explain"],
  },
  { name: "coverage", kind: "boolean", help: "list the arms of rules that no case reaches", of: ["test"] },
  { name: "strict", kind: "boolean", help: "exit with 1 where there is one, too", of: ["test"] },
  {
    name: "from",
    kind: "string",
    value: "WHAT",
    help:
      "simulate: a ledger's folder, lines of audit --json, or lines of your own; import: whose file it is",
    of: ["simulate", "import"],
  },
  {
    name: "out",
    kind: "string",
    value: "FILE",
    help: "write the policy there, not to stdout",
    of: ["import"],
  },
  { name: "force", kind: "boolean", help: "write over a file that is there", of: ["import"] },
  { name: "json", kind: "boolean", help: "print JSON for a program" },
];

/** As help and the reader of the command line want them: each says what it is for. */
export const POLICY_FLAGS: readonly Flag[] = TABLE.map(({ of, ...flag }) =>
  of?.length === 1 ? { ...flag, help: `${of[0]}: ${flag.help}` } : flag
);

/** Throws Fault `usage` for a flag that this action has no use for: who wrote it believes that it does something. */
export function refuseOtherFlags(args: Args, action: string): void {
  const other = TABLE.find(({ name, of }) => args.has(name) && of?.includes(action) === false);
  if (other === undefined) return;
  throw new Fault("usage", `Cannot run policy ${action}: it has no use for --${other.name}`, {
    hint: `--${other.name} is for: countersign policy ${other.of?.join(", countersign policy ")}`,
  });
}
