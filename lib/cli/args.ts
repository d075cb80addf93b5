/**
 * The command line, read by the command's own flag table. Our own reader and not a general one: those drop unknown
 * flags, let the last of two win, and take `--json foo` for a value; here each of these is an error that says so.
 */
import { Fault } from "../base/mod.ts";
import type { Args, Flag } from "./command.ts";

export const HELP_FLAG: Flag = { name: "help", kind: "boolean", short: "h", help: "show this help" };
const NUMBER_REGEXP = /^-?\d+(?:\.\d+)?$/;

/** What the words are read for: messages name the command, hints its help. */
export interface FlagTable {
  readonly name: string;
  readonly flags: readonly Flag[];
}

/** Words and flags as they are gathered; a boolean flag has the value "". */
interface Gathered {
  readonly words: string[];
  readonly values: Map<string, string[]>;
}

/**
 * Reads `argv` (behind the command's name). `--help` and `-h` are always understood. What stands behind `--` is not
 * looked at. Throws Fault `usage` for an unknown, doubled or valueless flag and for a number that is none.
 */
export async function parseArgs(argv: readonly string[], table: FlagTable): Promise<Args> {
  const dashes = argv.indexOf("--");
  const own = dashes < 0 ? argv : argv.slice(0, dashes);
  const gathered: Gathered = { words: [], values: new Map() };
  for (let at = 0; at < own.length; at++) {
    const word = own[at] ?? "";
    if (!word.startsWith("-") || word === "-") gathered.words.push(word);
    else at += await takeFlag(word, own[at + 1], { table, gathered });
  }
  const args = view(gathered);
  return dashes < 0 ? args : { ...args, rest: argv.slice(dashes + 1) };
}

/** Throws Fault `usage` where there are more words than `most`, or a `--` where the command takes no program. */
export function expectWords(args: Args, table: FlagTable, { most, program = false }: Expected): void {
  const extra = args.words[most];
  if (extra !== undefined) throw misuse(table, `"${extra}" is one word too many`, undefined);
  if (args.rest !== undefined && !program) throw misuse(table, "it has no use for --", undefined);
}

interface Expected {
  readonly most: number;
  /** May there be a `--` with a program behind it? */
  readonly program?: boolean;
}

interface Target {
  readonly table: FlagTable;
  readonly gathered: Gathered;
}

/** Takes one flag; answers how many of the following words it used up. */
async function takeFlag(word: string, next: string | undefined, { table, gathered }: Target): Promise<0 | 1> {
  const equals = word.indexOf("=");
  const written = equals < 0 ? word : word.slice(0, equals);
  const flag = findFlag(written, table) ?? await unknownFlag(written, table);
  const attached = equals < 0 ? undefined : word.slice(equals + 1);
  if (flag.kind === "boolean") {
    if (attached !== undefined) throw misuse(table, `${written} takes no value`, `write ${written} alone`);
    add(gathered, flag, "", table);
    return 0;
  }
  const value = attached ?? next;
  const taken = attached === undefined ? 1 : 0;
  // A word that looks like a flag is one: `--policy --json` has forgotten the file. `--reason=-x` is the way out.
  const looksLikeFlag = taken === 1 && value !== undefined && /^--?[^\d]/.test(value);
  if (value === undefined || value === "" || looksLikeFlag) {
    throw misuse(table, `${written} needs a value`, `write ${written} ${flag.value ?? "VALUE"}`);
  }
  add(gathered, flag, value, table);
  return taken;
}

function findFlag(written: string, { flags }: FlagTable): Flag | undefined {
  return [...flags, HELP_FLAG].find(({ name, short }) => written === `--${name}` || written === `-${short}`);
}

async function unknownFlag(written: string, table: FlagTable): Promise<never> {
  const { nearName } = await import("../diagnostic/mod.ts");
  const near = nearName(written.replace(/^-+/, ""), [...table.flags, HELP_FLAG].map(({ name }) => name));
  throw misuse(
    table,
    `unknown flag "${written}"`,
    near === undefined ? undefined : `did you mean --${near}?`,
  );
}

function add({ values }: Gathered, flag: Flag, value: string, table: FlagTable): void {
  const before = values.get(flag.name) ?? [];
  if (before.length > 0 && flag.kind !== "list") {
    throw misuse(table, `--${flag.name} is given twice`, `write --${flag.name} once`);
  }
  if (flag.kind === "number" && !NUMBER_REGEXP.test(value)) {
    throw misuse(table, `--${flag.name} is "${value}", want a number`, undefined);
  }
  values.set(flag.name, [...before, value]);
}

function misuse(table: FlagTable, cause: string, hint: string | undefined): Fault {
  return new Fault("usage", `Cannot run ${table.name}: ${cause}`, {
    hint: hint ?? `countersign ${table.name} --help`,
  });
}

function view({ words, values }: Gathered): Args {
  return {
    words,
    has: (flag) => values.has(flag),
    text: (flag) => values.get(flag)?.[0],
    number: (flag) => {
      const text = values.get(flag)?.[0];
      return text === undefined ? undefined : Number(text);
    },
    list: (flag) => values.get(flag) ?? [],
  };
}
