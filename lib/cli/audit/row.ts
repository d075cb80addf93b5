/** What stands at a `seq` as a line of a table. */
import type { Entry, ReadEntry } from "../../ledger/mod.ts";
import { entryRow } from "../../report/mod.ts";
import type { Style } from "../render.ts";

/** The columns of an entry; a pruned one has its number and says so. */
export function readRow({ seq, stored }: ReadEntry): readonly string[] {
  return stored === undefined ? [String(seq), "", "pruned", "", "", "", ""] : entryRow(stored.entry);
}

const STYLE_OF_VERDICT: Readonly<Record<string, Style>> = {
  forward: "green",
  release: "dim",
  redact: "cyan",
  hold: "yellow",
  refuse: "red",
  withhold: "red",
};
const STYLE_OF_KIND: Readonly<Record<string, Style>> = {
  drift: "yellow",
  malformed: "red",
  fault: "red",
  recovered: "yellow",
  key: "cyan",
  policy: "cyan",
  prune: "yellow",
};

/** How a terminal colours an entry: by its verdict, else by its kind. */
export function styleOf({ verdict, kind }: Entry): Style | undefined {
  return verdict === undefined ? STYLE_OF_KIND[kind] : STYLE_OF_VERDICT[verdict];
}
