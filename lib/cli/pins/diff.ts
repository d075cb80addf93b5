/** `pins diff`: what is pinned against what was seen, field by field. */
import { type JsonValue, parseJson } from "../../base/mod.ts";
import type { PinnedField, PinView } from "../../ledger/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable } from "../render.ts";
import { changedLines } from "./changed_lines.ts";
import { jsonOf } from "./list.ts";
import { pinsFor, selected, shortDigest, sinceOf, titleOf } from "./select.ts";

/** Those that are named, or everything that is not as it was pinned. */
export async function showDiff(args: Args, io: Io): Promise<number> {
  const pins = await pinsFor(args, io);
  const names = args.words.slice(1);
  const wanted = names.length > 0 || args.has("instructions") ? selected(pins, names, args) : pins;
  const changed = wanted.filter(({ row }) => row.seen !== undefined);
  if (args.has("json")) io.out(`${JSON.stringify(changed.map(jsonDiff))}\n`);
  else if (changed.length === 0) io.err("nothing has changed\n");
  else io.out(changed.map((pin) => pageOf(pin, io.terminal.out)).join(""));
  return EXIT.done;
}

/** One field before and after; `undefined`: it was not there. */
interface Pair {
  readonly name: string;
  readonly before: PinnedField | undefined;
  readonly after: PinnedField | undefined;
}

function pairsOf({ row: { pinned, seen }, changed }: PinView): readonly Pair[] {
  return changed.map((name) => ({
    name,
    before: pinned?.fields.find((field) => field.name === name),
    after: seen?.fields.find((field) => field.name === name),
  }));
}

/** One pin for people: old lines under `-`, new ones under `+`. */
export function pageOf(pin: PinView, terminal: boolean): string {
  const head = `${pin.row.server} ${titleOf(pin)}: ${pin.state} since ${
    sinceOf(pin)
  } (entry ${pin.row.entry})`;
  return `${paint(printable(head), "bold", terminal)}\n${
    pairsOf(pin).map((pair) => section(pair, terminal)).join("")
  }  digest ${shortDigest(pin)}\n`;
}

function section({ name, before, after }: Pair, terminal: boolean): string {
  const lines = changedLines(linesOf(before), linesOf(after));
  const shown = lines.map(({ sign, text }) => {
    const line = `    ${sign} ${printable(text)}`;
    return sign === " "
      ? paint(line, "dim", terminal)
      : paint(line, sign === "-" ? "red" : "green", terminal);
  });
  const notes = notesOn(before, after, lines.length === 0).map((note) => `    (${note})`);
  return [`  ${printable(name)}`, ...shown, ...notes].map((line) => `${line.trimEnd()}\n`).join("");
}

function notesOn(before: PinnedField | undefined, after: PinnedField | undefined, same: boolean): string[] {
  const unkept = [before, after].some((field) => field !== undefined && field.text === undefined);
  const cut = before?.cut === true || after?.cut === true;
  return [
    ...same && !unkept ? ["differs in what is masked, cut or invisible alone"] : [],
    ...unkept ? ["its text is not kept: it was too long, or was not looked through"] : [],
    ...cut ? ["only the beginning is kept"] : [],
  ];
}

/** A text by its lines; anything else as JSON, a member a line. */
function linesOf(field: PinnedField | undefined): readonly string[] {
  if (field?.text === undefined) return [];
  const parsed = parseJson(field.text);
  // Cut in its middle, it is no JSON any more: shown as it is.
  if (!parsed.ok) return [field.text];
  return readable(parsed.value).split("\n");
}

function readable(value: JsonValue): string {
  return typeof value === "string" ? value : JSON.stringify(value, null, 2);
}

function jsonDiff(pin: PinView) {
  const fields = pairsOf(pin).map(({ name, before, after }) => ({
    field: name,
    old: before?.text ?? null,
    new: after?.text ?? null,
  }));
  return { ...jsonOf(pin), digest: pin.row.seen?.digest ?? "", fields };
}
