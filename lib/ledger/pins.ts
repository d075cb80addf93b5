/** What a listing says about the pins of its server, and what a person says: entries and rows, in one commit. */
import { Fault, rfc3339Micros } from "../base/mod.ts";
import type { PinAnswer, PinDecision, PinObservation, RefusedPin, SeenDefinition } from "../verdict/mod.ts";
import { noteText } from "./compose.ts";
import type { EntryFields } from "./entry.ts";
import type { PinBook } from "./pin_book.ts";
import {
  changedFields,
  type PinnedDefinition,
  type PinRow,
  readPinRow,
  sealPinRow,
  stateOf,
} from "./pin_rows.ts";
import { damagedRow } from "./rows.ts";
import type { DraftDeps, Drafted, Item } from "./drafting.ts";

// Of a longer text, the beginning is kept to be shown.
const MAX_TEXT = 6_000;
/** In the place of a name, where the list that it stands in was not looked through. */
const NOT_SCANNED = "[NOT SCANNED]";

/** What becomes of one definition. */
type Change = Pick<PinRow, "pinned" | "seen" | "rejected" | "kind" | "name"> & { readonly key: string };

/** Changes that one entry tells of. */
interface Telling {
  readonly fields: Pick<EntryFields, "kind" | "reason"> & Partial<EntryFields>;
  readonly changes: readonly Change[];
}

/** Compares what was seen with what is pinned. Nothing is written where nothing changed. */
export async function draftObservation(
  item: Item,
  seen: PinObservation,
  { tip, session, store, pins: books, version, digester }: DraftDeps,
): Promise<Drafted> {
  const pins = books?.of(seen.server);
  const server = seen.server === undefined ? session.server : digester.name(session.id, seen.server);
  if (pins === undefined) throw new Fault("internal", "Cannot pin tools: the session does not pin any");
  await pins.loadAgain(store);
  const first = !pins.isKnown;
  const tellings = await withTexts(tellingsOf(seen, pins), store);
  const timeMicros = tip.now();
  for (const { fields, changes } of tellings) {
    const names = changes.filter(({ kind }) => kind === "tool").map(({ name }) =>
      digester.name(item.id, name)
    );
    const { seq } = tip.add(
      { session: session.id, agent: session.agent, server, ...named(names), ...fields },
      { timeMicros },
    );
    for (const { key, ...change } of changes) {
      pins.put(tip, key, {
        v: 1,
        server,
        entry: seq,
        since: rfc3339Micros(timeMicros),
        ...change,
        name: digester.name(item.id, change.name),
      });
    }
  }
  if (tellings.length > 0) pins.seal(tip);
  const written = answerTo(seen, pins, first);
  return { item, written, apply: () => tellings.length > 0 ? pins.settled(version()) : undefined };
}

/**
 * With the texts of what is pinned, which are in the store alone: a person is to see what it was before it changed. One
 * that was pinned in this very commit has none there yet, and is told by its digest.
 */
async function withTexts(
  tellings: readonly Telling[],
  store: DraftDeps["store"],
): Promise<readonly Telling[]> {
  return await Promise.all(tellings.map(async ({ fields, changes }) => ({
    fields,
    changes: await Promise.all(changes.map((change) => withPinnedText(change, store))),
  })));
}

async function withPinnedText(change: Change, store: DraftDeps["store"]): Promise<Change> {
  const { key, pinned, seen } = change;
  if (pinned === undefined || seen === undefined) return change;
  const cell = await store.read("pin", key);
  const row = cell === undefined ? undefined : readPinRow(cell.value);
  return row !== undefined && row.kind !== "server" && row.pinned?.digest === pinned.digest
    ? { ...change, pinned: row.pinned }
    : change;
}

/** One name is `tool`, as in other entries; several are `tools`. */
function named(names: readonly string[]): Partial<EntryFields> {
  const [name] = names;
  if (name === undefined) return {};
  return names.length === 1 ? { tool: name } : { tools: names };
}

function tellingsOf(seen: PinObservation, pins: PinBook): readonly Telling[] {
  const first = !pins.isKnown;
  const pinned: Change[] = [], asked: Change[] = [], returned: Change[] = [], drifts: Telling[] = [];
  for (const one of placed(seen, pins)) {
    const { key, kind, definition } = one, row = pins.at(key);
    const base = { key, kind, name: one.name === NOT_SCANNED && row !== undefined ? row.name : one.name };
    if (row === undefined) {
      if (seen.withheld) continue;
      const asks = pins.settings.newTools === "ask" && kind === "tool" && !first && !seen.continues;
      if (kind === "tool" && !pins.hasRoom) continue;
      if (asks) asked.push({ ...base, seen: definition });
      else pinned.push({ ...base, pinned: definition });
    } else if (definition.digest === row.pinned?.digest) {
      if (row.seen !== undefined) returned.push({ ...base, pinned: definition });
    } else if (definition.digest !== row.seen?.digest && !isEmptied(one)) {
      const change = { ...base, ...row.pinned && { pinned: row.pinned }, seen: definition };
      drifts.push({
        fields: { kind: "drift", reason: "drift", fields: changedFields(change) },
        changes: [change],
      });
    }
  }
  return [
    ...telling({ kind: "pin", reason: first ? "first-seen" : "new-tools" }, pinned),
    ...telling({ kind: "drift", reason: "new-tools" }, asked),
    ...telling({ kind: "pin", reason: "returned" }, returned),
    ...drifts,
  ];
}

function telling(fields: Telling["fields"], changes: readonly Change[]): readonly Telling[] {
  if (changes.length === 0) return [];
  const isAboutInstructions = changes.some(({ kind }) => kind === "instructions");
  return [{ fields: { ...fields, ...isAboutInstructions && { fields: ["instructions"] } }, changes }];
}

interface Placed {
  readonly key: string;
  readonly kind: PinRow["kind"];
  readonly name: string;
  readonly definition: PinnedDefinition;
}

function placed({ tools, instructions }: PinObservation, pins: PinBook): readonly Placed[] {
  const all: Placed[] = tools.map((tool) => ({
    key: pins.toolKey(tool.name),
    kind: "tool",
    name: tool.shown,
    definition: keptOf(tool, pins),
  }));
  if (instructions !== undefined) {
    const definition = keptOf(instructions, pins);
    all.push({ key: pins.instructionsKey, kind: "instructions", name: "", definition });
  }
  return all;
}

/** Instructions that are gone ask for nothing. */
function isEmptied({ kind, definition }: Placed): boolean {
  return kind === "instructions" && definition.fields.length === 0;
}

function keptOf({ digest, fields }: SeenDefinition, pins: PinBook): PinnedDefinition {
  return {
    digest: pins.keyed(digest),
    fields: fields.map(({ name, digest, text }) => ({
      name,
      digest: pins.keyed(digest),
      ...text !== undefined && { text: text.slice(0, MAX_TEXT).toWellFormed() },
      ...text !== undefined && text.length > MAX_TEXT && { cut: true as const },
    })),
  };
}

function answerTo(seen: PinObservation, pins: PinBook, first: boolean): PinAnswer {
  const refused = seen.tools.flatMap(({ name, digest }) => {
    const one = refusedPin(pins, { key: pins.toolKey(name), name, digest });
    return one === undefined ? [] : [one];
  });
  const { instructions } = seen;
  const said = instructions === undefined || instructions.fields.length === 0
    ? undefined
    : refusedPin(pins, { key: pins.instructionsKey, name: "", digest: instructions.digest });
  return { first, refused, ...said && { instructions: said } };
}

function refusedPin(
  pins: PinBook,
  { key, name, digest }: { readonly key: string; readonly name: string; readonly digest: string },
): RefusedPin | undefined {
  const row = pins.at(key);
  // Not pinned: the list does not get that far, or there are too many to be pinned.
  if (row === undefined) return { name, state: "new", fields: [] };
  if (pins.keyed(digest) === row.pinned?.digest) return undefined;
  const state = stateOf(row);
  return {
    name,
    state: state === "pinned" ? "drifted" : state,
    fields: changedFields(row),
    entry: row.entry,
  };
}

/** A person accepts or rejects definitions: each must still be the one that they mean. */
export async function draftDecision(
  item: Item,
  { decision, rows, note, by }: PinDecision,
  { tip, session, store }: DraftDeps,
): Promise<Drafted> {
  const found: { readonly key: string; readonly row: PinRow }[] = [];
  for (const { key, digest } of rows) found.push({ key, row: await rowMeant(store, key, digest) });
  const timeMicros = tip.now();
  const names = found.filter(({ row }) => row.kind === "tool").map(({ row }) => row.name);
  const { seq, hash } = tip.add({
    kind: "pin",
    session: session.id,
    agent: session.agent,
    server: found[0]?.row.server ?? session.server,
    ...named(names),
    decision: decision === "accept" ? "allow" : "deny",
    reason: decision === "accept" ? "accepted" : "rejected",
    ...note !== undefined && { note: noteText(note) },
    ...by !== undefined && { by: noteText(by) },
  }, { timeMicros });
  for (const { key, row } of found) {
    const changed = decided(row, decision, { entry: seq, since: rfc3339Micros(timeMicros) });
    tip.change({ table: "pin", key, value: sealPinRow(changed) });
  }
  // Written as it is: its new version tells every process that the pins have changed.
  for (const server of new Set(rows.map(({ key }) => key.replace(/\/.*$/, "")))) {
    const cell = await store.read("pin", server);
    if (cell !== undefined) tip.change({ table: "pin", key: server, value: cell.value });
  }
  return { item, written: { ref: { seq, hash } }, apply: () => {} };
}

async function rowMeant(store: DraftDeps["store"], key: string, digest: string): Promise<PinRow> {
  const cell = await store.read("pin", key);
  const row = cell === undefined ? undefined : readPinRow(cell.value);
  if (row?.kind === "server") throw damagedRow();
  if (row?.seen?.digest === digest) return row;
  throw new Fault("usage", "Cannot answer for a tool: its definition has changed again meanwhile", {
    hint: "countersign pins diff",
  });
}

function decided(
  { v, kind, server, name, pinned, seen }: PinRow,
  decision: PinDecision["decision"],
  when: Pick<PinRow, "entry" | "since">,
): PinRow {
  const base = { v, kind, server, name, ...when };
  if (decision === "accept") return { ...base, ...seen && { pinned: seen } };
  return { ...base, ...pinned && { pinned }, ...seen && { seen }, rejected: true };
}
