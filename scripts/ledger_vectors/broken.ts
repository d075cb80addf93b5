/** What does not fit together, and what a key that is not trusted has signed. */
import { type Case, KEYS, oneSession, type Parts, whole } from "./case.ts";
import { canonical, leafOf, type Made, VectorLedger } from "./maker.ts";

/** A ledger of one session, whose entries `change` may do anything to; the head stays. */
function changed(change: (entries: Made[], ledger: VectorLedger) => void): Parts {
  const ledger = oneSession(3);
  const head = ledger.head();
  change(ledger.entries, ledger);
  return whole(ledger, { head });
}

function edit(entry: Made | undefined, from: string | RegExp, to: string): void {
  if (entry?.text === undefined) throw new Error("there is no such entry");
  const text = entry.text.replace(from, to);
  if (text === entry.text) throw new Error("the edit changes nothing");
  entry.text = text;
}

/** Makes hashes and links fit behind a change; the signatures stay, for nobody has the key. */
function rehash(entries: Made[], from: number): void {
  for (const entry of entries.slice(from)) {
    const prev = entries[entry.seq - 1]?.hash ?? "0".repeat(64);
    entry.text = entry.text?.replace(/"prev":"[0-9a-f]{64}"/, `"prev":"${prev}"`);
    entry.hash = leafOf(entry.text ?? "");
  }
}

export const BROKEN: readonly Case[] = [
  {
    name: "broken_edited",
    expect: "broken",
    about: "One field of one entry changed.",
    make: () => changed((entries) => edit(entries[3], '"read_file"', '"rm"')),
  },
  {
    name: "broken_edited_rehashed",
    expect: "broken",
    about: "One entry changed, with the hash that fits: the next one names another.",
    make: () =>
      changed((entries) => {
        edit(entries[3], '"read_file"', '"rm"');
        rehash(entries.slice(0, 4), 3);
      }),
  },
  {
    name: "unsigned_edited_relinked",
    expect: "unsigned",
    about: "One entry changed, and every hash and link behind it made to fit; the head, too.",
    make: () => {
      const ledger = oneSession(3);
      const sig = JSON.parse(ledger.head());
      edit(ledger.entries[3], '"read_file"', '"rm"');
      rehash(ledger.entries, 3);
      return whole(ledger, { head: canonical({ ...sig, hash: ledger.entries.at(-1)?.hash }) });
    },
  },
  {
    name: "unsigned_resigned",
    expect: "unsigned",
    about: "The whole history written anew with another key.",
    make: () => {
      const ledger = new VectorLedger(KEYS.stranger);
      ledger.session(3);
      return whole(ledger);
    },
  },
  {
    name: "unsigned_one_resigned",
    expect: "unsigned",
    about: "One entry signed by another key, everything else as it was.",
    make: () =>
      changed((entries) => {
        const other = new VectorLedger(KEYS.stranger);
        other.addText(entries[3]?.text ?? "");
        Object.assign(entries[3] ?? {}, { sig: other.entries[0]?.sig, key: KEYS.stranger.id });
      }),
  },
  {
    name: "unsigned_key_id_borrowed",
    expect: "unsigned",
    about: "One entry signed by another key under the id of ours.",
    make: () =>
      changed((entries) => {
        const other = new VectorLedger(KEYS.stranger);
        other.addText(entries[3]?.text ?? "");
        Object.assign(entries[3] ?? {}, { sig: other.entries[0]?.sig });
      }),
  },
  {
    name: "unsigned_swapped_signatures",
    expect: "unsigned",
    about: "Two entries have each other's signature.",
    make: () =>
      changed((entries) => {
        const [one, two] = [entries[3], entries[5]];
        if (one === undefined || two === undefined) throw new Error("too few entries");
        [one.sig, two.sig] = [two.sig, one.sig];
      }),
  },
  {
    name: "broken_first_deleted",
    expect: "broken",
    about: "The first entry is gone.",
    make: () => changed((e) => e.shift()),
  },
  {
    name: "broken_middle_deleted",
    expect: "broken",
    about: "An entry in the middle is gone.",
    make: () => changed((entries) => entries.splice(3, 1)),
  },
  {
    name: "truncated_last_deleted",
    expect: "truncated",
    about: "The last entry is gone; the head names it.",
    make: () => changed((entries) => entries.pop()),
  },
  {
    name: "truncated_all_deleted",
    expect: "truncated",
    about: "All entries are gone; the head is there.",
    make: () => changed((entries) => entries.splice(0)),
  },
  {
    name: "broken_tail_and_head_deleted",
    expect: "broken",
    about: "The last entries are gone, and the head.",
    make: () => ({ ...changed((entries) => entries.splice(5)), head: undefined }),
  },
  {
    name: "broken_head_moved_back",
    expect: "broken",
    about: "The last entries are gone, and the head was made to name the last one that is there.",
    make: () => {
      const ledger = oneSession(3);
      const head = JSON.parse(ledger.head());
      ledger.entries.splice(5);
      return whole(ledger, { head: canonical({ ...head, seq: 4, hash: ledger.entries[4]?.hash }) });
    },
  },
  {
    name: "broken_swapped",
    expect: "broken",
    about: "Two entries change places.",
    make: () => changed((entries) => entries.splice(3, 3, ...entries.slice(3, 6).reverse())),
  },
  {
    name: "broken_replayed",
    expect: "broken",
    about: "An earlier entry again, in the place of a later one.",
    make: () =>
      changed((entries) =>
        entries.splice(5, 1, ...entries.slice(3, 4).map((entry) => ({ ...entry, seq: 5 })))
      ),
  },
  {
    name: "broken_renumbered",
    expect: "broken",
    about: "An entry is gone, and those behind it moved up, with numbers that fit.",
    make: () =>
      changed((entries) => {
        entries.splice(3, 1);
        for (const [i, entry] of entries.entries()) {
          entry.text = entry.text?.replace(`"seq":${entry.seq}`, `"seq":${i}`);
          entry.seq = i;
        }
      }),
  },
  {
    name: "broken_two_histories",
    expect: "broken",
    about: "From entry 4 on, the entries of another history by the same key: its links go elsewhere.",
    make: () => {
      const one = oneSession(3), other = new VectorLedger(KEYS.first, 1);
      other.session(3);
      one.entries.splice(4, 4, ...other.entries.slice(4));
      return whole(one, { head: other.head() });
    },
  },
  {
    name: "broken_row_behind",
    expect: "broken",
    about: "An entry stands behind the one that the signed head names.",
    make: () => {
      const ledger = oneSession(2);
      const head = ledger.head();
      ledger.session(1);
      return whole(ledger, { head });
    },
  },
  {
    name: "broken_head_key",
    expect: "broken",
    about: "The head names another key than the one that signed it.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { head: canonical({ ...JSON.parse(ledger.head()), key: KEYS.second.id }) });
    },
  },
  {
    name: "broken_head_field",
    expect: "broken",
    about: "The head has a field that no head has.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { head: canonical({ ...JSON.parse(ledger.head()), x: 1 }) });
    },
  },
  {
    name: "broken_time",
    expect: "broken",
    about: "Signed and linked, and earlier than the entry before.",
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      ledger.outcome(ledger.call({ time: "2026-11-20T08:59:59.999999Z" }));
      ledger.close();
      return whole(ledger);
    },
  },
  ...([
    ["seq_again", "the number of an entry before it", { seq: 0 }],
    ["seq_negative", "a negative number", { seq: -1 }],
    ["prev", "its link goes past its neighbour", { prev: "ab".repeat(32) }],
    ["prev_upper", "a hash in upper case", { prev: "AB".repeat(32) }],
    ["version", "another version", { v: 2 }],
    ["version_true", "`true` for the version, which some programs take for 1", { v: true }],
    ["id_version", "an id that is no UUID of version 7", { id: "01a0c450-6c00-499c-9644-fc3cdfcdc7fe" }],
    ["id_line_feed", "an id with a line feed behind it", { id: "01a0c450-6c00-799c-9644-fc3cdfcdc7fe\n" }],
    ["time_zone", "a time with an offset", { time: "2026-11-20T10:00:01.000001+01:00" }],
    ["time_digits", "a time in digits of another script", { time: "२०२६-11-20T09:00:01.000001Z" }],
    ["kind", "a kind that no entry has", { kind: "rumour" }],
    ["session_absent", "no session", { session: undefined }],
    ["session_number", "a number for a session", { session: 5 }],
  ] as const).map(([name, what, over]): Case => ({
    name: `broken_field_${name}`,
    expect: "broken",
    about: `Hashed and signed, and ${what}.`,
    make: () => {
      const ledger = new VectorLedger(KEYS.first);
      ledger.open();
      ledger.outcome(ledger.call(over));
      ledger.close();
      return whole(ledger);
    },
  })),
];
