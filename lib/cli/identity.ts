/** `identity`: keys and tokens by which agents prove who they are. */
import { Fault } from "../base/mod.ts";
import { noSuchAction, refuseForeignFlags } from "./actions.ts";
import type { Args, Command, Flag, Io } from "./command.ts";
import { inspectToken } from "./identity/inspect.ts";
import { makeKeys } from "./identity/keygen.ts";
import { makeToken } from "./identity/token.ts";

interface Action {
  readonly flags: readonly string[];
  run(args: Args, io: Io): Promise<number>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  keygen: { flags: ["out", "force"], run: makeKeys },
  token: {
    flags: ["scheme", "agent-id", "role", "expires", "key", "secret-env", "secret-file"],
    run: makeToken,
  },
  inspect: {
    flags: ["file", "public-key", "secret-env", "secret-file", "config", "json"],
    run: inspectToken,
  },
};

// deno-fmt-ignore -- one line a flag
const FLAGS: readonly Flag[] = [
  { name: "out", kind: "string", value: "NAME", help: "keygen: writes NAME.key and NAME.pub; agents where left out" },
  { name: "force", kind: "boolean", help: "keygen: replace the files; every token of the old key ends" },
  { name: "scheme", kind: "string", value: "SCHEME", help: "token: ed25519 or hmac; as the key has it where left out" },
  { name: "agent-id", kind: "string", value: "A", help: "token: id of the agent" },
  { name: "role", kind: "list", value: "R", help: "token: a role that it has; may be repeated" },
  { name: "expires", kind: "string", value: "TIME", help: "token: how long it holds, such as 12h; 30d where left out" },
  { name: "key", kind: "string", value: "FILE", help: "token: the private key that signs it" },
  { name: "secret-env", kind: "string", value: "VAR", help: "token, inspect: the variable with the shared secret" },
  { name: "secret-file", kind: "string", value: "FILE", help: "token, inspect: the file with the shared secret" },
  { name: "file", kind: "string", value: "FILE", help: "inspect: the token; - is stdin, as is nothing at all" },
  { name: "public-key", kind: "string", value: "FILE", help: "inspect: the key to verify with; the configured where left out" },
  { name: "config", kind: "string", value: "FILE", help: "inspect: the configuration that names the keys" },
  { name: "json", kind: "boolean", help: "inspect: as one JSON object" },
];

export const command: Command = {
  name: "identity",
  summary: "make and check tokens that prove who an agent is",
  usage: "keygen | token --agent-id A [--role R]… --key FILE | inspect [FLAGS]",
  flags: FLAGS,
  example: `countersign identity keygen
made agents.key, which signs tokens: whoever has it can be any agent
made agents.pub, which verifies them: key 73432e42931d995d
countersign.toml:
  [identity]
  required = true
  public_keys = ["agents.pub"]
next:
  countersign identity token --key agents.key --agent-id support-bot --role support-agent
countersign identity token --key agents.key --agent-id support-bot --role support-agent > token
countersign identity inspect --file token
agent     support-bot
roles     support-agent
issued    2026-11-20T09:07:46Z
expires   2026-12-20T09:07:46Z, in 29d23h
signed    EdDSA, key 73432e42931d995d
verifies  yes`,
  async run(args, io) {
    const [name = ""] = args.words;
    const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (action === undefined) throw noSuchAction("identity", name, Object.keys(ACTIONS));
    refuseForeignFlags(args, { command: "identity", action: name, all: FLAGS, own: action.flags });
    refuseMoreWords(name, args);
    return await action.run(args, io);
  },
};

/** The word is not shown: it may be a token, which everybody can read in the list of processes. */
function refuseMoreWords(name: string, args: Args): void {
  if (args.words.length === 1 && args.rest === undefined) return;
  const isToken = name === "inspect" && args.words.length > 1;
  throw new Fault(
    "usage",
    isToken
      ? "Cannot inspect a token from the command line: others see what is typed there"
      : `Cannot run identity ${name}: it takes flags only`,
    { hint: isToken ? "countersign identity inspect --file token" : "countersign identity --help" },
  );
}
