/** What `approve` and `deny` have in common: a person's answer to a held call, written to the ledger. */
import { expectWords } from "./args.ts";
import { type Args, type Command, EXIT, type Io } from "./command.ts";
import { ledgerFolderFor, readSeq } from "./ledger_folder.ts";
import { printable } from "./render.ts";

export interface Answering {
  readonly command: Command;
  readonly decision: "allow" | "deny";
  /** The person's own words, from the command's flag. */
  readonly note: string | undefined;
  /** Labels that the person takes off the session. */
  readonly cleared?: readonly string[];
  /** Such as `approved`. */
  readonly done: string;
}

/** Answers the call that the first word names; 1 where there is nothing to answer. */
export async function answer(
  args: Args,
  io: Io,
  { command, decision, note, cleared = [], done }: Answering,
): Promise<number> {
  expectWords(args, command, { most: 1 });
  const call = readSeq(args.words[0], command.name);
  const { answerHeld } = await import("../store/mod.ts");
  const by = io.env("USER") ?? io.env("USERNAME");
  const said = {
    call,
    decision,
    ...(note === undefined ? {} : { note }),
    ...(by === undefined ? {} : { by }),
    ...(cleared.length === 0 ? {} : { cleared }),
  };
  const result = await answerHeld(await ledgerFolderFor(args, io), said, { env: io.env });
  if (!result.ok) {
    io.err(`cannot ${command.name} entry ${call}: ${printable(result.error)}\n`);
    return EXIT.no;
  }
  io.out(`${done} entry ${call}; entry ${result.value.seq} says so\n`);
  return EXIT.done;
}
