import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { type Args, type Command, type Io } from "./command.ts";
import { checkPolicy } from "./policy/check.ts";
import { explainPolicy } from "./policy/explain.ts";
import { simulatePolicy } from "./policy/simulate.ts";
import { testPolicies } from "./policy/test.ts";

const ACTIONS: Readonly<Record<string, (args: Args, io: Io) => Promise<number>>> = {
  check: checkPolicy,
  test: testPolicies,
  explain: explainPolicy,
  simulate: simulatePolicy,
};

export const command: Command = {
  name: "policy",
  summary: "check, test, explain or simulate a policy",
  usage:
    "check FILE… | test [FILE…] [--coverage] [--strict] | explain FILE… --tool T [--args JSON] [FLAGS] | " +
    "simulate FILE… --from LEDGER|JSONL",
  flags: [
    { name: "tool", kind: "string", value: "T", help: "explain: name of the tool" },
    { name: "args", kind: "string", value: "JSON", help: "explain: the arguments; {} where it is left out" },
    { name: "agent", kind: "string", value: "A", help: "explain: id of the agent" },
    {
      name: "role",
      kind: "list",
      value: "R",
      help: "explain: a role from a verified token; may be repeated",
    },
    {
      name: "verified",
      kind: "boolean",
      help: "explain: the agent has a verified token; so it has with a role",
    },
    {
      name: "label",
      kind: "list",
      value: "L",
      help: "explain: a label that is on the session; may be repeated",
    },
    {
      name: "calls",
      kind: "number",
      value: "N",
      help: "explain: how many calls the session has made; 0 where left out",
    },
    {
      name: "at",
      kind: "string",
      value: "TIME",
      help: "explain: when, such as 2026-11-20T09:00:00Z; now where left out",
    },
    { name: "server", kind: "string", value: "S", help: "explain: name of the server" },
    {
      name: "method",
      kind: "string",
      value: "M",
      help: "explain: the MCP method; tools/call where left out",
    },
    {
      name: "expect",
      kind: "string",
      value: "OUTCOME",
      help: "explain: exit with 1 unless the outcome is this: allow, deny, ask or redact",
    },
    { name: "coverage", kind: "boolean", help: "test: list the arms of rules that no case reaches" },
    { name: "strict", kind: "boolean", help: "test: exit with 1 where there is one" },
    {
      name: "from",
      kind: "string",
      value: "LEDGER|JSONL",
      help: "simulate: a ledger's folder, lines of audit --json, or lines of your own",
    },
    { name: "json", kind: "boolean", help: "print JSON for a program" },
  ],
  example: `countersign policy explain standard --tool drop_table
ask    rule:destroys-a-store: this throws away a whole store of data: a person has to approve it`,
  async run(args, io) {
    const [action = ""] = args.words;
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (run !== undefined) return await run(args, io);
    const near = nearName(action, Object.keys(ACTIONS));
    throw new Fault("usage", `Cannot run policy: say what to do with it, not "${action}"`, {
      hint: near === undefined ? "countersign policy check FILE" : `did you mean: countersign policy ${near}`,
    });
  },
};
