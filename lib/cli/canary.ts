/** `canary new`: a value that looks like a key, opens nothing, and must never be seen in a call. */
import { Fault, randomBytes } from "../base/mod.ts";
import { nearName } from "../diagnostic/mod.ts";
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT } from "./command.ts";

export const command: Command = {
  name: "canary",
  summary: "make a value to plant, whose appearance in a call gives a theft away",
  usage: "new [--like KIND] [--json]",
  flags: [
    {
      name: "like",
      kind: "string",
      value: "KIND",
      help: "what it looks like: aws (default), token or password",
    },
    { name: "json", kind: "boolean", help: "print an object that a program can read" },
  ],
  example: `countersign canary new
AKIBQ3X7L2MZ5T4RWJ6P
countersign.toml:
  [scan]
  canaries = ["AKIBQ3X7L2MZ5T4RWJ6P"]
next:
  put it where only somebody who looks for secrets comes by, such as ~/.aws/old-keys.txt`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const [action = ""] = args.words;
    if (action !== "new") throw unknownAction(action);
    const { make, place } = kindFor(args);
    const value = make();
    const line = `canaries = [${JSON.stringify(value)}]`;
    if (args.has("json")) io.out(`${JSON.stringify({ value, line: `[scan]\n${line}` })}\n`);
    else {
      io.out(`${value}
countersign.toml:
  [scan]
  ${line}
next:
  put it where only somebody who looks for secrets comes by, such as ${place}
`);
    }
    return await Promise.resolve(EXIT.done);
  },
};

interface Kind {
  readonly make: () => string;
  /** Where it fits in. */
  readonly place: string;
}

const UPPER_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE62 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/**
 * Each has a form that no provider gives out and no detector of ours knows: a result that shows it is not redacted, so
 * the agent can read it, and a call that carries it is found by its value alone. At least 80 random bits.
 */
const KINDS: Readonly<Record<string, Kind>> = {
  aws: { make: () => `AKIB${randomText(UPPER_BASE32, 16)}`, place: "~/.aws/old-keys.txt" },
  token: { make: () => `ops_${randomText(BASE62, 36)}`, place: "a comment in .env.backup" },
  password: { make: () => `Adm${randomText(BASE62, 17)}`, place: "passwords.txt in a home folder" },
};

function kindFor(args: Args): Kind {
  const name = args.text("like") ?? "aws";
  const kind = Object.hasOwn(KINDS, name) ? KINDS[name] : undefined;
  if (kind !== undefined) return kind;
  const names = Object.keys(KINDS);
  throw new Fault("usage", `Cannot make a canary: "${name}" is none of ${names.join(", ")}`, {
    hint: `countersign canary new --like ${nearName(name, names) ?? "aws"}`,
  });
}

function unknownAction(action: string): Fault {
  return new Fault("usage", `Cannot run canary: say what to do, not "${action}"`, {
    hint: "countersign canary new",
  });
}

/** The alphabet's length need not divide 256: what is left over is thrown away, so that all letters are as likely. */
function randomText(alphabet: string, length: number): string {
  const most = 256 - 256 % alphabet.length;
  let text = "";
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      if (byte < most && text.length < length) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
