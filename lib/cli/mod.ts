/**
 * cli: one file a subcommand, the table of them, and the way from argv to an exit code.
 *
 * Input: the operator's command line, trusted; what commands print from the ledger is not, and is escaped.
 * Thread: main. Imports: any door, but only from inside a command: what `run` does not need, `run` does not load.
 */
export { type Args, type Command, EXIT, type Flag, type Io } from "./command.ts";
export { main } from "./main.ts";
export { processIo } from "./io.ts";
export { COMMAND_NAMES } from "./table.ts";
