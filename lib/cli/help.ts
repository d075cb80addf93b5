/** The overview, and the help of one command. */
import { Fault } from "../base/mod.ts";
import { expectWords, HELP_FLAG } from "./args.ts";
import { type Command, EXIT, type Flag } from "./command.ts";
import { renderList } from "./render.ts";
import { COMMAND_NAMES, type CommandEntry, COMMANDS, findEntry } from "./table.ts";

export const command: Command = {
  name: "help",
  summary: "show help for a command",
  usage: "[COMMAND]",
  flags: [],
  example: `countersign help verify`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const [name] = args.words;
    if (name === undefined) io.out(overview());
    else io.out(helpOf((await (await entryNamed(name)).load()).command));
    return EXIT.done;
  },
};

/** All commands, one line each. */
export function overview(): string {
  const rows = COMMANDS.filter(({ hidden }) => hidden !== true)
    .map(({ name, summary }) => [name, summary] as const);
  return `countersign: a firewall and notary for the tool calls of AI agents

usage: countersign COMMAND [FLAGS]

commands:
${renderList(rows)}
exit codes:
${
    renderList([
      ["0", "done"],
      ["1", "done, and the answer is no (tampered, denied, changed)"],
      ["2", "the command line, the configuration or the policy is off"],
      ["3", "a fault of ours"],
    ])
  }
Begin with \`countersign init\`. \`countersign COMMAND --help\` shows flags and an example.
`;
}

/** The help page of one command. */
export function helpOf({ name, summary, usage, flags, example }: Command): string {
  const rows = [...flags, HELP_FLAG].map(flagRow);
  return `countersign ${name}: ${summary}

usage: ${wrapped(`countersign ${name} ${usage}`.trim())}

flags:
${renderList(rows)}
example:
${example.trim().split("\n").map((line) => `  ${line}`.trimEnd()).join("\n")}
`;
}

const WIDTH = 100;
const INDENT = " ".repeat("usage: ".length);

/** Broken between the parts of a usage line, never inside of brackets. */
function wrapped(usage: string): string {
  const lines: string[] = [""];
  for (const part of usage.match(/(?:\[[^\]]*\]|\S)+/g) ?? []) {
    const last = lines.at(-1) ?? "";
    if (last.length + part.length + 1 > WIDTH - INDENT.length) lines.push(part);
    else lines[lines.length - 1] = last === "" ? part : `${last} ${part}`;
  }
  return lines.join(`\n${INDENT}`);
}

function flagRow({ name, short, kind, value, help }: Flag): readonly [string, string] {
  const long = kind === "boolean" ? `--${name}` : `--${name} ${value ?? "VALUE"}`;
  return [short === undefined ? `    ${long}` : `-${short}, ${long}`, help];
}

/** The entry of that name; throws Fault `usage` with a near name where there is none. */
export async function entryNamed(name: string): Promise<CommandEntry> {
  const entry = findEntry(name);
  if (entry !== undefined) return entry;
  const { nearName } = await import("../diagnostic/mod.ts");
  const near = nearName(name, COMMAND_NAMES);
  throw new Fault("usage", `Cannot run "${name}": there is no such command`, {
    hint: near === undefined ? "countersign help" : `did you mean: countersign ${near}`,
  });
}
