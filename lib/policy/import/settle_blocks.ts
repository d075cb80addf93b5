/** Loads what was put together with the very reader that `policy check` uses, until nothing in it is refused. */
import { err, ok, type Result } from "../../base/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import { loadPolicy } from "../load.ts";
import type { Block } from "./draft.ts";
import type { Notes } from "./notes.ts";
import { commentLines } from "./toml.ts";

/** Folders of rules are checked by their form: where the policy will run is not known here. */
const SOMEWHERE = { workingFolder: "/work", home: "/home/user" };
const MAX_ROUNDS = 5;
const MAX_SHOWN = 200;

/**
 * The text of the blocks. One that the reader refuses is replaced by its weaker form, else left out, and either is told
 * in a note. The error is what the reader says of lines that are in no such block.
 */
export async function settleBlocks(
  blocks: readonly Block[],
  notes: Notes,
): Promise<Result<string, Diagnostic>> {
  let current = blocks.map((block) => block.lost === undefined ? block : replaced(block, block.lost, notes));
  for (let round = 1;; round++) {
    const text = `${current.map(({ lines }) => lines.join("\n")).join("\n\n")}\n`;
    const policy = await loadPolicy(
      [{ name: "imported", file: "imported", format: "toml", text }],
      SOMEWHERE,
    );
    if (policy.ok) return ok(text);
    const errors = policy.error.filter(({ severity }) => severity === "error");
    const problems = problemsByBlock(current, errors);
    const [stray] = problems.get(undefined) ?? [];
    if (stray !== undefined || round === MAX_ROUNDS) return err(stray ?? firstOf(errors));
    current = current.map((block) => replaced(block, problems.get(block)?.[0]?.message, notes));
  }
}

function problemsByBlock(
  blocks: readonly Block[],
  errors: readonly Diagnostic[],
): ReadonlyMap<Block | undefined, readonly Diagnostic[]> {
  const problems = new Map<Block | undefined, Diagnostic[]>();
  const ends: number[] = [];
  for (const { lines } of blocks) ends.push((ends.at(-1) ?? 0) + lines.length + 1);
  for (const error of errors) {
    const found = blocks[ends.findIndex((end) => error.line <= end)];
    const block = found?.spot === undefined ? undefined : found;
    problems.set(block, [...problems.get(block) ?? [], error]);
  }
  return problems;
}

function replaced(block: Block, problem: string | undefined, notes: Notes): Block {
  if (problem === undefined || block.spot === undefined) return block;
  const shown = problem.length <= MAX_SHOWN ? problem : `${problem.slice(0, MAX_SHOWN).toWellFormed()}…`;
  const then = block.weaker?.words ?? "it is left out";
  notes.add("not-carried", block.spot, `${shown}: ${then}`);
  const comment = commentLines(`${block.spot.path} is not carried over as it was: ${shown}: ${then}.`);
  const rest = block.weaker?.block;
  return rest === undefined ? { lines: comment } : { ...rest, lines: [...comment, ...rest.lines] };
}

function firstOf(errors: readonly Diagnostic[]): Diagnostic {
  const [first] = errors;
  if (first === undefined) throw new Error("internal error: policy: a policy was refused without an error");
  return first;
}
