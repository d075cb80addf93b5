/** `witness`: a small witness of our own, and what it is known by. */
import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { absolutePath } from "./setup.ts";

const ACTIONS = ["init", "serve", "key"] as const;
const DEFAULT_FOLDER = ".countersign-witness";

export const command: Command = {
  name: "witness",
  summary: "watch over other ledgers: cosign what continues what was seen",
  usage: "init --name NAME | serve (--log VKEY… | --logs FILE) [--listen ADDR] | key, each with [--dir DIR]",
  flags: [
    { name: "dir", kind: "string", value: "DIR", help: `the witness's folder (default ${DEFAULT_FOLDER})` },
    {
      name: "name",
      kind: "string",
      value: "NAME",
      help: "init: its name in cosignatures, such as witness.example.com/w1",
    },
    {
      name: "log",
      kind: "list",
      value: "VKEY",
      help: "serve: a ledger to witness, as `key show` prints it; may be repeated",
    },
    {
      name: "logs",
      kind: "string",
      value: "FILE",
      help: "serve: a C2SP tlog-policy file whose `log` lines are witnessed",
    },
    {
      name: "listen",
      kind: "string",
      value: "ADDR",
      help: "serve: host:port (default 127.0.0.1:7380; port 0 is any)",
    },
  ],
  example: `countersign witness init --name witness.example.com/w1
made a witness in .countersign-witness
witness.example.com/w1+c3e1f7a0+BJx…
next:
  countersign witness serve --log 'countersign/73432e42931d995d+4f1c0a9e+AfT…'
countersign witness serve --log 'countersign/73432e42931d995d+4f1c0a9e+AfT…'
listening on http://127.0.0.1:7380/add-checkpoint
cosigned "countersign/73432e42931d995d" at 512`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const [action = ""] = args.words;
    const folder = absolutePath(args.text("dir") ?? DEFAULT_FOLDER, io);
    if (action === "init") return await init(folder, args, io);
    if (action === "key") return await showKey(folder, io);
    if (action === "serve") return await (await import("./witness/serve.ts")).serveWitness(folder, args, io);
    throw unknownAction(action);
  },
};

function unknownAction(action: string): Fault {
  const near = nearName(action, ACTIONS);
  return new Fault("usage", `Cannot run witness: say what to do${action === "" ? "" : `, not "${action}"`}`, {
    hint: near === undefined ? "countersign witness --help" : `did you mean witness ${near}?`,
  });
}

async function init(folder: string, args: Args, io: Io): Promise<number> {
  const [{ formatVerifierKey, isKeyName }, { makeWitnessFolder }] = await Promise.all([
    import("../ledger/mod.ts"),
    import("../store/mod.ts"),
  ]);
  const name = args.text("name");
  if (name === undefined || !isKeyName(name)) {
    const cause = name === undefined ? "it needs a name" : "its name is empty, or has white space or a +";
    throw new Fault("usage", `Cannot make a witness: ${cause}`, {
      hint: "countersign witness init --name witness.example.com/w1",
    });
  }
  const key = await makeWitnessFolder(folder, name);
  io.out(`made a witness in ${folder}
${formatVerifierKey(key)}
next:
  countersign witness serve --log VKEY     (the ledger's, from: countersign key show)
in the ledger's tlog-policy file, which [ledger] witnesses names:
  witness w1 ${formatVerifierKey(key)} http://127.0.0.1:7380
  quorum w1
`);
  return EXIT.done;
}

async function showKey(folder: string, io: Io): Promise<number> {
  const [{ formatVerifierKey }, { readWitnessKey }] = await Promise.all([
    import("../ledger/mod.ts"),
    import("../store/mod.ts"),
  ]);
  io.out(`${formatVerifierKey(await readWitnessKey(folder))}\n`);
  return EXIT.done;
}
