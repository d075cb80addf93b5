/** Receipts: one entry, the way from it to the root of a checkpoint, and the checkpoint. */
import { createHmac } from "node:crypto";
import { type Case, KEYS, oneSession, type Parts, type Trap } from "./case.ts";
import { cosignature, type Made, pathTo, VectorLedger, verifierKey } from "./maker.ts";

const { first, second, third, stranger, north } = KEYS;
const K = "c7".repeat(32);
const INPUT = '{"arguments":{"path":"/srv/app/README.md"},"name":"read_file"}';

interface Loose {
  [field: string]: unknown;
  entry: Record<string, unknown>;
  proof: string;
}

/** The receipt of the entry `seq` in the tree of the first `size` entries. */
export function receiptOf(
  ledger: VectorLedger,
  seq: number,
  { size = ledger.next, note = ledger.checkpoint(size) } = {},
): Loose {
  const made = ledger.entries[seq];
  if (made === undefined) throw new Error("there is no such entry");
  const path = pathTo(seq, ledger.leaves.slice(0, size)).map((hash) =>
    `${Uint8Array.fromHex(hash).toBase64()}\n`
  );
  return {
    v: 1,
    type: "countersign/receipt",
    ...besideOf(made),
    public_key: first.publicKey,
    proof: `c2sp.org/tlog-proof@v1\nindex ${seq}\n${path.join("")}\n${note}`,
  };
}

function besideOf({ text = "", hash, sig, key }: Made) {
  return { entry: JSON.parse(text) as Record<string, unknown>, hash, sig, key };
}

function parts(receipt: unknown, over: Partial<Parts> = {}): Parts {
  const text = typeof receipt === "string" ? receipt : `${JSON.stringify(receipt, null, 2)}\n`;
  return { keys: [first.publicKey], receipt: text, ...over };
}

/** The receipt of a call, `change`d. */
function changed(
  change: (receipt: Loose, ledger: VectorLedger) => void,
  over: Partial<Parts> = {},
): () => Parts {
  return () => {
    const ledger = oneSession(3);
    const receipt = receiptOf(ledger, 3);
    change(receipt, ledger);
    return parts(receipt, over);
  };
}

function disclosing(disclosed: Readonly<Record<string, unknown>>): Parts {
  const ledger = new VectorLedger(first);
  ledger.open();
  const digest = createHmac("sha256", Uint8Array.fromHex(K)).update(INPUT).digest("hex");
  ledger.outcome(ledger.call({ input: { bytes: INPUT.length, digest } }));
  ledger.close();
  return parts({ ...receiptOf(ledger, 1), disclosed });
}

/** The receipt of an entry of the first key, whose checkpoint a later key has signed. */
function rotated(next: readonly (typeof second)[]): Loose {
  const ledger = new VectorLedger(first);
  ledger.session(1);
  const changes = next.map((key) => {
    ledger.open();
    const seq = ledger.rotate(key);
    ledger.close();
    return seq;
  });
  const rotations = changes.map((seq) => ledger.entries[seq]).filter((made) => made !== undefined).map(
    besideOf,
  );
  return { ...receiptOf(ledger, 1), rotations };
}

function other(): VectorLedger {
  const ledger = new VectorLedger(first, 1);
  ledger.session(3);
  return ledger;
}

const SOUND: readonly Case[] = [
  {
    name: "receipt_intact",
    expect: "intact",
    about: "The receipt of a call.",
    make: changed(() => {}),
  },
  {
    name: "receipt_intact_one_entry",
    expect: "intact",
    about: "The only entry of a tree: its path is empty.",
    make: () => {
      const ledger = new VectorLedger(first);
      ledger.open();
      return parts(receiptOf(ledger, 0));
    },
  },
  {
    name: "receipt_intact_disclosed",
    expect: "intact",
    about: "With the key of its digest, and the payload that has that digest.",
    make: () => disclosing({ k: K, input: INPUT }),
  },
  {
    name: "receipt_intact_rotated",
    expect: "intact",
    about: "Two changes of the key lie between entry and checkpoint; the last key is trusted.",
    make: () => parts(rotated([second, third]), { keys: [third.publicKey] }),
  },
  {
    name: "receipt_intact_kept",
    expect: "intact",
    about: "A kept checkpoint of the same tree, and a policy that it meets.",
    make: () => {
      const ledger = oneSession(3);
      const plain = ledger.checkpoint(), text = plain.slice(0, plain.indexOf("\n\n") + 1);
      const note = plain + cosignature("north.example/witness", north, text);
      const policy = `witness north ${verifierKey("north.example/witness", 4, north)}\nquorum north\n`;
      return parts(receiptOf(ledger, 3, { note }), { kept: [plain], policy });
    },
  },
];

const WRONG: readonly Case[] = [
  {
    name: "receipt_broken_entry",
    expect: "broken",
    about: "A field of the entry changed.",
    make: changed(({ entry }) => entry["tool"] = "rm"),
  },
  {
    name: "receipt_broken_other_tree",
    expect: "broken",
    about: "The proof is one for the entry at this place of another tree, with that tree's checkpoint.",
    make: changed((receipt) => receipt.proof = receiptOf(other(), 3).proof),
  },
  {
    name: "receipt_broken_other_path",
    expect: "broken",
    about: "The path is that of another tree, the checkpoint that of ours.",
    make: changed((receipt, ledger) =>
      receipt.proof = receiptOf(other(), 3, { note: ledger.checkpoint() }).proof
    ),
  },
  {
    name: "receipt_broken_index",
    expect: "broken",
    about: "The proof says another place.",
    make: changed((receipt) => receipt.proof = receipt.proof.replace("index 3", "index 2")),
  },
  {
    name: "receipt_broken_short_path",
    expect: "broken",
    about: "A hash is missing from the path.",
    make: changed((receipt) => receipt.proof = receipt.proof.replace(/(index 3\n).*\n/, "$1")),
  },
  {
    name: "receipt_broken_long_path",
    expect: "broken",
    about: "A hash too many in the path.",
    make: changed((receipt) => receipt.proof = receipt.proof.replace(/(index 3\n)(.*\n)/, "$1$2$2")),
  },
  {
    name: "receipt_broken_smaller_tree",
    expect: "broken",
    about: "The checkpoint is of a tree that the entry is not in.",
    make: changed((receipt, ledger) =>
      receipt.proof = receipt.proof.replace(/\n\n[^]*/, `\n\n${ledger.checkpoint(3)}`)
    ),
  },
  {
    name: "receipt_broken_public_key",
    expect: "broken",
    about: "It brings another public key than its entry names.",
    make: changed((receipt) => receipt["public_key"] = second.publicKey),
  },
  {
    name: "receipt_broken_disclosed",
    expect: "broken",
    about: "The payload that it discloses is another.",
    make: () => disclosing({ k: K, input: INPUT.replace("README", "SECRET") }),
  },
  {
    name: "receipt_broken_disclosed_key",
    expect: "broken",
    about: "The payload is right, and the key of the digest is another.",
    make: () => disclosing({ k: "c8".repeat(32), input: INPUT }),
  },
  {
    name: "receipt_broken_disclosed_output",
    expect: "broken",
    about: "It discloses an output, and the entry has none.",
    make: () => disclosing({ k: K, output: "{}" }),
  },
  {
    name: "receipt_forked",
    expect: "forked",
    about: "A kept checkpoint of the same size has another root.",
    make: changed(() => {}, { kept: [other().checkpoint()] }),
  },
  {
    name: "receipt_unsigned_entry",
    expect: "unsigned",
    about: "The entry has the signature of another.",
    make: changed((receipt, ledger) => receipt["sig"] = ledger.entries[1]?.sig),
  },
  {
    name: "receipt_unsigned_stranger",
    expect: "unsigned",
    about: "All of it is signed by a key that is not trusted.",
    make: changed(() => {}, { keys: [stranger.publicKey] }),
  },
  {
    name: "receipt_unsigned_checkpoint",
    expect: "unsigned",
    about: "Somebody else has signed the checkpoint.",
    make: changed((receipt, ledger) => {
      const note = ledger.checkpoint(8, { origin: `countersign/${first.id}`, key: stranger });
      receipt.proof = receipt.proof.replace(/\n\n[^]*/, `\n\n${note}`);
    }),
  },
  {
    name: "receipt_unsigned_rotation",
    expect: "unsigned",
    about: "The new key is trusted, and the change of keys lacks its signature.",
    make: () => {
      const receipt = rotated([second]);
      const [change] = receipt["rotations"] as Loose[];
      if (change !== undefined) change["sig"] = "00".repeat(64);
      return parts(receipt, { keys: [second.publicKey] });
    },
  },
  {
    name: "receipt_unsigned_quorum",
    expect: "unsigned",
    about: "The policy asks for a witness, and none has cosigned.",
    make: changed(() => {}, {
      policy: `witness north ${verifierKey("north.example/witness", 4, north)}\nquorum north\n`,
    }),
  },
  {
    name: "receipt_usage_kept",
    expect: "usage",
    about: "The kept checkpoint is another ledger's.",
    make: changed(() => {}, { kept: [other().checkpoint(8, { key: stranger })] }),
  },
];

const TRAPS: readonly Trap[] = [
  ["no_json", "It is no JSON.", (text) => text.slice(0, -3)],
  ["key_twice", "A key stands twice.", (text) => text.replace('"v": 1', '"v": 1, "v": 1')],
  [
    "key_twice_within",
    "A key stands twice in its entry.",
    (text) => text.replace('"tool":', '"tool": "rm", "tool":'),
  ],
  ["version", "Another version.", (text) => text.replace(/^\{\n {2}"v": 1/, '{\n  "v": 2')],
  ["version_fraction", "The version is 1.0.", (text) => text.replace(/^\{\n {2}"v": 1/, '{\n  "v": 1.0')],
  ["type", "Another type.", (text) => text.replace("countersign/receipt", "countersign/paper")],
  ["extra_field", "A field that no receipt has.", (text) => text.replace('"v": 1', '"note": "x", "v": 1')],
  ["no_proof", "The proof is missing.", (text) => text.replace('"proof"', '"type"')],
  ["proof_magic", "A proof of another version.", (text) => text.replace("tlog-proof@v1", "tlog-proof@v2")],
  ["proof_index", "An index with a leading zero.", (text) => text.replace("index 3", "index 03")],
  [
    "proof_hash",
    "A hash of the path in base 64 without its padding.",
    (text) => text.replace(/(index 3\\n[^=]*)=/, "$1"),
  ],
  ["lone_surrogate", "A lone surrogate.", (text) => text.replace('"read_file"', '"\\ud800"')],
  [
    "depth",
    "Three hundred arrays within one another.",
    (text) => text.replace('"roles": []', `"roles": ${"[".repeat(300)}${"]".repeat(300)}`),
  ],
];

const UNREADABLE: readonly Case[] = TRAPS.map(([name, about, change]) => ({
  name: `receipt_unreadable_${name}`,
  expect: "unreadable",
  about,
  make: () => {
    const { receipt = "", ...rest } = changed(() => {})();
    const text = change(receipt);
    if (text === receipt) throw new Error(`${name} changes nothing`);
    return { ...rest, receipt: text };
  },
}));

export const RECEIPTS: readonly Case[] = [...SOUND, ...WRONG, ...UNREADABLE];
