/** `key`: the ledger's signing key: show it, replace it, put a passphrase on it. */
import { noSuchAction, refuseForeignFlags } from "./actions.ts";
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
    if (action === undefined) throw noSuchAction("key", name, Object.keys(ACTIONS));
    refuseForeignFlags(args, { command: "key", action: name, all: FLAGS, own: action.flags });
    return await action.run(args, io);
  },
};
