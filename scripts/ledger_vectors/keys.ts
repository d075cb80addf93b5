/** Changes of the signing key: trust flows forward by the old key's signature, and backward by the new one's. */
import { type Case, KEYS, type Parts, whole } from "./case.ts";
import { lineOf, type VectorKey, VectorLedger } from "./maker.ts";

const { first, second, third, stranger } = KEYS;

/** A session under each key, and a change between them. */
function rotated(...next: readonly VectorKey[]): VectorLedger {
  const ledger = new VectorLedger(first);
  ledger.session(1);
  for (const key of next) {
    ledger.open();
    ledger.rotate(key);
    ledger.close({ reason: "rotated" });
    ledger.session(1);
  }
  return ledger;
}

function trusting(key: VectorKey, ledger: VectorLedger, over: Partial<Parts> = {}): Parts {
  return whole(ledger, { keys: [key.publicKey], ...over });
}

/** A change of the key whose `next_key` is off. */
function odd(over: (ledger: VectorLedger) => Readonly<Record<string, unknown>>): Parts {
  const ledger = new VectorLedger(first);
  ledger.open();
  ledger.rotate(second, over(ledger));
  ledger.close();
  return whole(ledger, { keys: [first.publicKey, second.publicKey] });
}

export const KEY_CHANGES: readonly Case[] = [
  {
    name: "intact_rotated_forward",
    expect: "intact",
    about: "The key changed; the old one is trusted.",
    make: () => trusting(first, rotated(second)),
  },
  {
    name: "intact_rotated_backward",
    expect: "intact",
    about: "The key changed; the new one is trusted.",
    make: () => trusting(second, rotated(second)),
  },
  {
    name: "intact_rotated_twice",
    expect: "intact",
    about: "The key changed twice; the one in the middle is trusted. Checkpoints of all three.",
    make: () => {
      const ledger = rotated(second, third);
      const checkpoints = [
        ledger.checkpoint(4, { key: first, origin: `countersign/${first.id}` }),
        ledger.checkpoint(11, { key: second, origin: `countersign/${first.id}` }),
        ledger.checkpoint(),
      ];
      return trusting(second, ledger, { checkpoints });
    },
  },
  {
    name: "intact_several_keys",
    expect: "intact",
    about: "Two keys are trusted, and one of them is somebody else's.",
    make: () => whole(rotated(second), { keys: [stranger.publicKey, second.publicKey] }),
  },
  {
    name: "unsigned_rotated_stranger",
    expect: "unsigned",
    about: "The key changed; a third one is trusted, which has nothing to do with it.",
    make: () => trusting(third, rotated(second)),
  },
  {
    name: "unsigned_old_key_goes_on",
    expect: "unsigned",
    about: "The key changed, and the old one signs an entry behind that.",
    make: () => {
      const ledger = rotated(second);
      ledger.key = first;
      ledger.session(1);
      ledger.key = second;
      return trusting(second, ledger);
    },
  },
  {
    name: "broken_grafted_history",
    expect: "broken",
    about:
      "Whoever has the old key wrote another beginning under the change of keys: the new key has not signed for that.",
    make: () => {
      const [change] = rotated(second).entries.filter(({ text }) => text?.includes('"kind":"key"'));
      const { next_key } = JSON.parse(change?.text ?? "{}");
      const other = new VectorLedger(first, 1);
      other.session(1);
      other.open();
      other.rotate(second, { sig: next_key.sig });
      other.close({ reason: "rotated" });
      return trusting(second, other);
    },
  },
  {
    name: "unsigned_stolen_trust",
    expect: "unsigned",
    about: "A stranger's key is named as the next one, by an entry that the old key has not signed.",
    make: () => {
      const ledger = new VectorLedger(first);
      ledger.session(1);
      ledger.open();
      ledger.rotate(stranger);
      const [change] = ledger.entries.slice(-1);
      if (change !== undefined) change.sig = "00".repeat(64);
      ledger.close();
      return trusting(first, ledger);
    },
  },
  {
    name: "broken_key_new_signature",
    expect: "broken",
    about: "The new key has not signed for what was before it.",
    make: () => odd(() => ({ sig: "00".repeat(64) })),
  },
  {
    name: "broken_key_new_signature_elsewhere",
    expect: "broken",
    about: "The new key's signature is one for another place.",
    make: () => odd((ledger) => ({ sig: second.sign(`countersign/key/v1\n${ledger.next + 1}\n`) })),
  },
  {
    name: "broken_key_other_old",
    expect: "broken",
    about: "The change replaces another key than the one that signs.",
    make: () => odd(() => ({ old_public_key: third.publicKey })),
  },
  {
    name: "broken_key_id",
    expect: "broken",
    about: "The id of the new key is that of another.",
    make: () => odd(() => ({ id: third.id })),
  },
  {
    name: "broken_key_absent",
    expect: "broken",
    about: "A change of keys without a key.",
    make: () => {
      const ledger = new VectorLedger(first);
      ledger.open();
      ledger.add("key");
      ledger.close();
      return whole(ledger);
    },
  },
  {
    name: "broken_key_returns",
    expect: "broken",
    about: "A key that was replaced signs again by another change.",
    make: () => trusting(first, rotated(second, first)),
  },
  {
    name: "truncated_before_rotation",
    expect: "truncated",
    about: "An older copy of the entries under the head of the new key, which is trusted.",
    make: () => {
      const ledger = rotated(second);
      return trusting(second, ledger, { lines: ledger.entries.slice(0, 4).map(lineOf) });
    },
  },
];
