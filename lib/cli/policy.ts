import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { type Args, type Command, type Io } from "./command.ts";
import { checkPolicy } from "./policy/check.ts";
import { explainPolicy } from "./policy/explain.ts";
import { POLICY_FLAGS, refuseOtherFlags } from "./policy/flags.ts";
import { importCommand } from "./policy/import.ts";
import { simulatePolicy } from "./policy/simulate.ts";
import { testPolicies } from "./policy/test.ts";

const ACTIONS: Readonly<Record<string, (args: Args, io: Io) => Promise<number>>> = {
  check: checkPolicy,
  test: testPolicies,
  explain: explainPolicy,
  simulate: simulatePolicy,
  import: importCommand,
};

export const command: Command = {
  name: "policy",
  summary: "check, test, explain, simulate or import a policy",
  usage:
    "check FILE… | test [FILE…] [--coverage] [--strict] | explain FILE… --tool T [--args JSON] [FLAGS] | " +
    "simulate FILE… --from LEDGER|JSONL | import FILE [--from KIND] [--out FILE]",
  flags: POLICY_FLAGS,
  example: `countersign policy explain standard --tool drop_table
ask    rule:destroys-a-store: this throws away a whole store of data: a person has to approve it`,
  async run(args, io) {
    const [action = ""] = args.words;
    const run = Object.hasOwn(ACTIONS, action) ? ACTIONS[action] : undefined;
    if (run !== undefined) {
      refuseOtherFlags(args, action);
      return await run(args, io);
    }
    const near = nearName(action, Object.keys(ACTIONS));
    throw new Fault("usage", `Cannot run policy: say what to do with it, not "${action}"`, {
      hint: near === undefined ? "countersign policy check FILE" : `did you mean: countersign policy ${near}`,
    });
  },
};
