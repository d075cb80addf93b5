/** `key`: the ledger's signing key: show it, replace it, put a passphrase on it. */
import { Fault } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { expectWords } from "./args.ts";
import type { Args, Command, Flag, Io } from "./command.ts";
import { protect, rotate, unprotect } from "./key/change.ts";
import { showKey } from "./key/show.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";

interface Action {
  readonly flags: readonly string[];
  run(args: Args, io: Io): Promise<number>;
}

const EVERYWHERE = ["ledger", "config"];

const ACTIONS: Readonly<Record<string, Action>> = {
  show: { flags: [...EVERYWHERE, "json", "jwks"], run: showKey },
  rotate: { flags: [...EVERYWHERE, "json"], run: rotate },
  protect: { flags: EVERYWHERE, run: protect },
  unprotect: { flags: EVERYWHERE, run: unprotect },
};

const FLAGS: readonly Flag[] = [
  ...LEDGER_FLAGS,
  { name: "json", kind: "boolean", help: "show, rotate: as one JSON object" },
  { name: "jwks", kind: "boolean", help: "show: the public keys as a JSON Web Key Set" },
];

export const command: Command = {
  name: "key",
  summary: "show, replace or protect the key that signs the ledger",
  usage: "[show | rotate | protect | unprotect] [--ledger DIR] [--config FILE] [--json] [--jwks]",
  flags: FLAGS,
  example: `countersign key
key        73432e42931d995d
protected  no
retired    none
verifier   countersign/73432e42931d995d+9d2ae5f0+AUu6l1...
-----BEGIN PUBLIC KEY-----
MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=
-----END PUBLIC KEY-----
countersign key rotate
rotated: key 73432e42931d995d signed entry 131, by which key 0f3a9c1d22b47e58 takes over`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const [name = "show"] = args.words;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw noAction(name);
    refuseForeignFlags(name, action, args);
    return await action.run(args, io);
  },
};

function noAction(name: string): Fault {
  const near = nearName(name, Object.keys(ACTIONS));
  return new Fault("usage", `Cannot run key: there is no "${name}"`, {
    hint: near === undefined ? "countersign key --help" : `did you mean: countersign key ${near}`,
  });
}

/** A flag that does nothing would let a person believe that it did. */
function refuseForeignFlags(name: string, { flags }: Action, args: Args): void {
  const foreign = FLAGS.find((flag) => args.has(flag.name) && !flags.includes(flag.name));
  if (foreign === undefined) return;
  throw new Fault("usage", `Cannot run key ${name}: --${foreign.name} is not for it`, {
    hint: "countersign key --help",
  });
}
