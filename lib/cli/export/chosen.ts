/** Which entries `export` takes, from its flags. */
import { Fault } from "../../base/mod.ts";
import type { Entry } from "../../ledger/mod.ts";
import type { EvidenceFilter } from "../../ledger/evidence/mod.ts";
import { ENTRY_FILTERS, entryFilter } from "../audit/filter.ts";
import type { Args, Flag } from "../command.ts";

/** The flags that {@link chosenEntries} reads. */
export const CHOICE_FLAGS: readonly Flag[] = [
  { name: "from", kind: "string", value: "SEQ", help: "from this entry on" },
  { name: "to", kind: "string", value: "SEQ", help: "up to this entry, itself included" },
  ...ENTRY_FILTERS,
];

/** `undefined` where nothing is asked for, which means all. Throws Fault `usage`. */
export function chosenEntries(args: Args): EvidenceFilter | undefined {
  const asked = CHOICE_FLAGS.map(({ name }) => [name, args.text(name)] as const)
    .filter((pair): pair is readonly [string, string] => pair[1] !== undefined);
  if (asked.length === 0) return undefined;
  const from = seqFlag(args, "from") ?? 0, to = seqFlag(args, "to") ?? Infinity;
  const byField = entryFilter(args, { command: "export" });
  return {
    asked: Object.fromEntries(asked),
    // Of a pruned entry nobody knows more than its number.
    fits: (seq, entry) =>
      seq >= from && seq <= to && (!byField.isActive || entry !== undefined && isMeant(entry, byField)),
  };
}

function isMeant(entry: Entry, filter: ReturnType<typeof entryFilter>): boolean {
  return filter.fits(entry) && !filter.tooOld(entry);
}

function seqFlag(args: Args, flag: string): number | undefined {
  const text = args.text(flag);
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  throw new Fault("usage", `Cannot run export: --${flag} is "${text}", want the number of an entry`, {
    hint: "countersign export --help",
  });
}
