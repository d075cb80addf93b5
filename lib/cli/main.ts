/** From argv to an exit code. */
import { Fault, type FaultCode } from "../base/mod.ts";
import { parseArgs } from "./args.ts";
import { EXIT, type Io } from "./command.ts";
import { entryNamed, helpOf, overview } from "./help.ts";
import { printable } from "./render.ts";

/** Which exit code each kind of failure ends with; the exit codes are a contract. */
const EXIT_OF: Readonly<Record<FaultCode, number>> = {
  usage: EXIT.usage,
  config: EXIT.usage,
  io: EXIT.fault,
  ledger: EXIT.fault,
  key: EXIT.fault,
  worker: EXIT.fault,
  // The command behind -- cannot be started: it is what the person typed that is off.
  upstream: EXIT.usage,
  internal: EXIT.fault,
};

/** Runs `countersign ARGV` and answers with its exit code. Never throws: what goes wrong is printed to stderr. */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  try {
    return await dispatch(argv, io);
  } catch (thrown) {
    return reportThrown(thrown, io);
  }
}

/** Says on stderr what was thrown, and answers with the exit code for it. */
export function reportThrown(thrown: unknown, io: Io): number {
  return thrown instanceof Fault ? reportFault(thrown, io) : reportUnexpected(thrown, io);
}

async function dispatch(argv: readonly string[], io: Io): Promise<number> {
  const [first, ...behind] = argv;
  if (first === undefined) {
    io.err(overview());
    return EXIT.usage;
  }
  const entry = await entryNamed(COMMAND_FOR_FLAG[first] ?? first);
  const { command } = await entry.load();
  const args = await parseArgs(behind, command);
  if (args.has("help")) {
    io.out(helpOf(command));
    return EXIT.done;
  }
  // What a command cannot do, nothing that slips into it can.
  if (entry.network !== true) await io.giveUpNetwork?.();
  return await command.run(args, io);
}

const COMMAND_FOR_FLAG: Readonly<Record<string, string>> = {
  "--help": "help",
  "-h": "help",
  "--version": "version",
  "-V": "version",
};

function reportFault(fault: Fault, io: Io): number {
  io.err(`error: ${printable(fault.message.replace(/^Cannot /, "cannot "))}\n`);
  if (fault.hint !== undefined) io.err(`hint: ${printable(fault.hint)}\n`);
  return EXIT_OF[fault.code];
}

/**
 * A mistake of ours. Its message is not shown: nobody can say what it quotes, and what we handle is full of secrets
 * (a parser's error has a piece of its input in it). An error of the system names a path and a cause, and is shown.
 */
function reportUnexpected(thrown: unknown, io: Io): number {
  const debug = io.env("COUNTERSIGN_DEBUG") === "1";
  const cause = isSystemError(thrown) ? thrown.message : `internal error: ${whereOf(thrown)}`;
  io.err(`error: cannot go on: ${printable(cause)}\n`);
  if (debug && thrown instanceof Error) io.err(`${thrown.stack ?? thrown.message}\n`);
  else io.err("hint: COUNTERSIGN_DEBUG=1 shows where; it may show data, so read it before you send it on\n");
  return EXIT.fault;
}

function isSystemError(thrown: unknown): thrown is Error {
  return thrown instanceof Error && Object.values(Deno.errors).some((kind) => thrown instanceof kind);
}

/** The kind of the error and the line of ours that it came from. */
function whereOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "something was thrown that is no error";
  const line = /\b((?:lib|workers|main)[\w/]*\.ts:\d+)/.exec(thrown.stack?.replace(thrown.message, "") ?? "");
  return line === null ? thrown.name : `${thrown.name} at ${line[1]}`;
}
