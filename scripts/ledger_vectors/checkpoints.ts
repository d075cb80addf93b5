/** Checkpoints that were stored or kept. */
import { type Case, KEYS, oneSession, type Trap, whole } from "./case.ts";
import { checkpointText, noteLine, rootOf, VectorLedger } from "./maker.ts";
import { cosigned, NORTH, ONE } from "./witnessed.ts";

const { first, stranger, north } = KEYS;
const ORIGIN = `countersign/${first.id}`;

/** A ledger as it was, then as it went on; and another one that went on otherwise. */
function twoHistories() {
  const real = new VectorLedger(first), other = new VectorLedger(first);
  for (const ledger of [real, other]) ledger.session(1);
  real.session(2);
  other.open();
  other.outcome(other.call({ tool: "write_file" }));
  other.outcome(other.call({ tool: "write_file" }));
  other.close();
  return { real, other };
}

function older(ledger: VectorLedger, size: number): VectorLedger {
  const copy = new VectorLedger(first);
  copy.entries.push(...ledger.entries.slice(0, size));
  return copy;
}

const NOTE_TRAPS: readonly Trap[] = [
  ["size_zeroes", "a size with a leading zero", (note) => note.replace("\n3\n", "\n03\n")],
  ["size_sign", "a size with a sign", (note) => note.replace("\n3\n", "\n+3\n")],
  [
    "hash_bits",
    "left-over bits in base 64",
    (note) => note.replace(/(\n3\n.{42})(.)=/, (_, head, last) => `${head}${nextLetter(last)}=`),
  ],
  [
    "hash_short",
    "a hash of 31 bytes",
    (note) => note.replace(/(\n3\n).*\n/, `$1${new Uint8Array(31).toBase64()}\n`),
  ],
  ["carriage_return", "carriage returns", (note) => note.replaceAll("\n", "\r\n")],
  ["no_end", "no line feed at its end", (note) => note.slice(0, -1)],
  ["no_signature", "no signature line", (note) => note.slice(0, note.indexOf("\n\n") + 2)],
  ["hyphen", "a hyphen for the dash", (note) => note.replace("—", "-")],
  ["two_spaces", "two spaces in its signature line", (note) => note.replace("— ", "—  ")],
  ["extra_line", "an empty line within the text", (note) => note.replace("\n3\n", "\n\n3\n")],
];

const STORED: readonly Case[] = [
  {
    name: "intact_checkpoints",
    expect: "intact",
    about: "A checkpoint of every size that this ledger had.",
    make: () => {
      const ledger = oneSession(6);
      return whole(ledger, {
        checkpoints: Array.from({ length: ledger.next + 1 }, (_, size) => ledger.checkpoint(size)),
      });
    },
  },
  {
    name: "intact_checkpoint_other_origin",
    expect: "intact",
    about: "The ledger has an origin of its own.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { checkpoints: [ledger.checkpoint(4, { origin: "example.com/ledgers/7" })] });
    },
  },
  {
    name: "forked_stored",
    expect: "forked",
    about: "A stored checkpoint, well signed, is of another history.",
    make: () => {
      const { real, other } = twoHistories();
      return whole(other, { checkpoints: [real.checkpoint(4), real.checkpoint(7)] });
    },
  },
  {
    name: "truncated_stored",
    expect: "truncated",
    about: "A stored checkpoint is larger than the ledger: an older copy of everything else.",
    make: () => {
      const { real } = twoHistories();
      return whole(older(real, 4), { checkpoints: [real.checkpoint()] });
    },
  },
  {
    name: "unsigned_checkpoint",
    expect: "unsigned",
    about: "A stored checkpoint fits the tree, and somebody else has signed it.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { checkpoints: [ledger.checkpoint(3, { origin: ORIGIN, key: stranger })] });
    },
  },
  {
    name: "unsigned_checkpoint_other_name",
    expect: "unsigned",
    about: "A stored checkpoint that our key has signed under another name than its origin.",
    make: () => {
      const ledger = oneSession(1);
      const text = checkpointText(ORIGIN, 3, rootOf(ledger.leaves.slice(0, 3)));
      return whole(ledger, {
        checkpoints: [`${text}\n${noteLine("example.com/other", 1, first, first.sign(text))}`],
      });
    },
  },
  {
    name: "broken_checkpoint_forged",
    expect: "broken",
    about: "A stored checkpoint of another root that somebody else has signed.",
    make: () => {
      const ledger = oneSession(1);
      const forged = ledger.checkpoint(3, { origin: ORIGIN, key: stranger, root: "ab".repeat(32) });
      return whole(ledger, { checkpoints: [forged] });
    },
  },
  {
    name: "broken_checkpoint_forged_larger",
    expect: "broken",
    about:
      "A stored checkpoint that is larger than the ledger, and that somebody else has signed: it proves nothing.",
    make: () => {
      const ledger = oneSession(1);
      const forged = ledger.checkpoint(99, { origin: ORIGIN, key: stranger, root: "ab".repeat(32) });
      return whole(ledger, { checkpoints: [forged] });
    },
  },
  ...NOTE_TRAPS.map(([name, what, change]): Case => ({
    name: `broken_checkpoint_${name}`,
    expect: "broken",
    about: `A stored checkpoint with ${what}.`,
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { checkpoints: [change(ledger.checkpoint(3))] });
    },
  })),
];

/** The next letter of base 64: other bits behind the last byte, the same bytes. */
function nextLetter(letter: string): string {
  const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  return letters[letters.indexOf(letter) + 1] ?? "";
}

const KEPT: readonly Case[] = [
  {
    name: "intact_kept",
    expect: "intact",
    about: "The ledger extends what an auditor kept: several checkpoints, in any order.",
    make: () => {
      const { real } = twoHistories();
      return whole(real, { kept: [real.checkpoint(), real.checkpoint(0), real.checkpoint(4)] });
    },
  },
  {
    name: "truncated_kept",
    expect: "truncated",
    about: "An older copy of the whole folder, intact in itself: the kept checkpoint is larger.",
    make: () => {
      const { real } = twoHistories();
      return whole(older(real, 4), { kept: [real.checkpoint()] });
    },
  },
  {
    name: "truncated_kept_cosigned",
    expect: "truncated",
    about: "The same older copy, against a checkpoint that a witness has cosigned and handed out.",
    make: () => {
      const { real } = twoHistories();
      return whole(older(real, 4), { kept: [cosigned(real.checkpoint(), [NORTH, north])] });
    },
  },
  {
    name: "forked_kept",
    expect: "forked",
    about: "Two histories from one point, both signed with our key: the kept checkpoint is of the other.",
    make: () => {
      const { real, other } = twoHistories();
      return whole(other, { kept: [real.checkpoint()] });
    },
  },
  {
    name: "forked_kept_cosigned",
    expect: "forked",
    about: "Two histories from one point: the one that a witness has cosigned is the other.",
    make: () => {
      const { real, other } = twoHistories();
      return whole(other, { kept: [cosigned(real.checkpoint(7), [NORTH, north])], policy: ONE });
    },
  },
  {
    name: "usage_kept_stranger",
    expect: "usage",
    about: "The kept checkpoint is one of another ledger: it says nothing about this one.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, {
        kept: [ledger.checkpoint(3, { origin: `countersign/${stranger.id}`, key: stranger })],
      });
    },
  },
  {
    name: "usage_kept_of_rewritten",
    expect: "usage",
    about:
      "The ledger was written anew with another key, which is taken for trusted; the checkpoint is of the real one.",
    make: () => {
      const real = oneSession(2), other = new VectorLedger(stranger);
      other.session(3);
      return whole(other, { keys: [stranger.publicKey], kept: [real.checkpoint()] });
    },
  },
  {
    name: "unsigned_kept_of_rewritten",
    expect: "unsigned",
    about: "The same, where the auditor names the real key.",
    make: () => {
      const real = oneSession(2), other = new VectorLedger(stranger);
      other.session(3);
      return whole(other, { kept: [real.checkpoint()] });
    },
  },
  {
    name: "usage_kept_no_note",
    expect: "usage",
    about: "The kept checkpoint has lost its signatures.",
    make: () => {
      const ledger = oneSession(1);
      return whole(ledger, { kept: [`${checkpointText(ORIGIN, 3, rootOf(ledger.leaves.slice(0, 3)))}\n`] });
    },
  },
];

export const CHECKPOINTS: readonly Case[] = [...STORED, ...KEPT];
