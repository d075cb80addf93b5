/** `report`: a page, or Markdown, of what happened and what proves it. */
import { Fault } from "../base/mod.ts";
import { expectWords } from "./args.ts";
import { TIME_FLAGS, timeRange } from "./audit/filter.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { LEDGER_FLAGS } from "./ledger_folder.ts";
import { printable } from "./render.ts";
import { makeReport } from "./report/make.ts";
import { readTrust, TRUST_FLAGS } from "./verify/trust.ts";

export const command: Command = {
  name: "report",
  summary: "write a page, or Markdown, of what happened and what proves it",
  usage: "[--html | --markdown] [FILE | --output FILE] [--since TIME] [--until TIME] [--public-key KEY]… " +
    "[--checkpoint FILE]… [--policy FILE] [--ledger DIR] [--config FILE]",
  flags: [
    { name: "html", kind: "boolean", help: "one HTML file, without assets from anywhere (the default)" },
    { name: "markdown", kind: "boolean", help: "Markdown, with the control mapping" },
    {
      name: "output",
      short: "o",
      kind: "string",
      value: "FILE",
      help: "where to write it (default: stdout)",
    },
    ...TIME_FLAGS,
    ...TRUST_FLAGS,
    ...LEDGER_FLAGS,
  ],
  example: `countersign report --since 7d -o report.html
wrote report.html: intact, 3,240 entries`,
  async run(args, io) {
    expectWords(args, command, { most: 1 });
    const file = fileFor(args, io);
    const range = timeRange(args, { command: "report" });
    const trust = await readTrust(args, io);
    const { text, status, holds } = await makeReport({ args, io, range, trust });
    if (file === undefined) io.out(text);
    else await write(file, text, io);
    if (file !== undefined) io.err(`wrote ${printable(file)}: ${status}\n`);
    return holds ? EXIT.done : EXIT.no;
  },
};

/** Where the report goes; `undefined`: stdout. Throws Fault `usage`. */
function fileFor(args: Args, io: Io): string | undefined {
  if (args.has("html") && args.has("markdown")) {
    throw new Fault("usage", "Cannot write the report: --html and --markdown are both given", {
      hint: "one report has one form",
    });
  }
  const [word] = args.words, flag = args.text("output");
  if (word !== undefined && flag !== undefined) {
    throw new Fault("usage", `Cannot write the report: "${word}" and -o "${flag}" are both given`, {
      hint: "name the file once",
    });
  }
  const file = word ?? flag;
  if (file === undefined && !args.has("markdown") && io.terminal.out) {
    throw new Fault("usage", "Cannot write the report: a page of HTML is nothing for a terminal", {
      hint: "countersign report -o report.html",
    });
  }
  return file === "-" ? undefined : file;
}

/** For its owner alone, as the ledger is: who called what is nobody else's business until it is handed on. */
async function write(file: string, text: string, io: Io): Promise<void> {
  const { absolutePath } = await import("./setup.ts");
  try {
    await Deno.writeTextFile(absolutePath(file, io), text, { mode: 0o600 });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : "the system did not say why";
    throw new Fault("io", `Cannot write the report: ${why}`, { cause, hint: "name another file with -o" });
  }
}
