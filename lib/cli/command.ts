/** What a subcommand is: data about itself, and a function of (args, io) that answers with an exit code. */

/** The exit codes that other programs rely on (spec: command line). */
export const EXIT = { done: 0, no: 1, usage: 2, fault: 3 } as const;

/** Everything that a command may do to the world of its caller. Tests hand in their own. */
export interface Io {
  /** Writes text to stdout as it is; the answer. */
  out(text: string): void;
  /** Has the reader of stdout gone (`| head`)? Whoever would write for ever asks; without it nobody can tell. */
  readonly isOutGone?: () => boolean;
  /** Writes text to stderr as it is; talk to people. */
  err(text: string): void;
  /** May colour and tables be used on stdout, on stderr? False off a terminal and under `NO_COLOR`. */
  readonly terminal: { readonly out: boolean; readonly err: boolean };
  env(name: string): string | undefined;
  /** Absolute path of the working folder. */
  cwd(): string;
  /** Gives up the right to listen and to connect, for the rest of this process. Absent where others share it. */
  giveUpNetwork?(): Promise<void>;
}

/** One flag of a command. `list` may be given several times. */
export interface Flag {
  readonly name: string;
  readonly kind: "boolean" | "string" | "number" | "list";
  readonly short?: string;
  /** How the value is named in help, such as `FILE`. */
  readonly value?: string;
  readonly help: string;
}

/** The command line, parsed by the command's own flag table: unknown flags never get here. */
export interface Args {
  /** Words that are no flags, in order. */
  readonly words: readonly string[];
  /** What stands behind `--`; absent where there is no `--`. */
  readonly rest?: readonly string[];
  has(flag: string): boolean;
  text(flag: string): string | undefined;
  number(flag: string): number | undefined;
  list(flag: string): readonly string[];
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  /** Behind the name on the usage line, such as `[LEDGER] [--json]`. */
  readonly usage: string;
  readonly flags: readonly Flag[];
  /** An example command and what it prints, shown by `--help`. */
  readonly example: string;
  /** The exit code. Throws a Fault: `config` and `usage` end with 2, every other code with 3. */
  run(args: Args, io: Io): Promise<number>;
}
