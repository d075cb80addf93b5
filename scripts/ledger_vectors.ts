/**
 * Writes tests/vectors/ledger: ledgers, receipts and attestations, and what a verifier has to say about each. The same
 * files come out each time. `deno run --allow-read --allow-write scripts/ledger_vectors.ts`
 */
import { ATTESTATIONS } from "./ledger_vectors/attestations.ts";
import { BROKEN } from "./ledger_vectors/broken.ts";
import { type Case, vectorText } from "./ledger_vectors/case.ts";
import { CHECKPOINTS } from "./ledger_vectors/checkpoints.ts";
import { TRAPPED } from "./ledger_vectors/json_traps.ts";
import { KEY_CHANGES } from "./ledger_vectors/keys.ts";
import { PRUNED } from "./ledger_vectors/pruned.ts";
import { RECEIPTS } from "./ledger_vectors/receipts.ts";
import { SESSIONS } from "./ledger_vectors/sessions.ts";
import { SOUND } from "./ledger_vectors/sound.ts";
import { WITNESSED } from "./ledger_vectors/witnessed.ts";

const FOLDER = new URL("../tests/vectors/ledger/", import.meta.url);
const CASES: readonly Case[] = [
  ...SOUND,
  ...BROKEN,
  ...TRAPPED,
  ...SESSIONS,
  ...KEY_CHANGES,
  ...CHECKPOINTS,
  ...WITNESSED,
  ...PRUNED,
  ...RECEIPTS,
  ...ATTESTATIONS,
];

/** The text of each vector, by the name of its file. Throws where two have one name. */
export function allVectors(): ReadonlyMap<string, string> {
  const vectors = new Map(CASES.map((one) => [`${one.name}.txt`, vectorText(one)]));
  if (vectors.size !== CASES.length) throw new Error("two vectors have one name");
  return vectors;
}

if (import.meta.main) {
  Deno.mkdirSync(FOLDER, { recursive: true });
  for (const { name } of Deno.readDirSync(FOLDER)) {
    if (name.endsWith(".txt")) Deno.removeSync(new URL(name, FOLDER));
  }
  for (const [name, text] of allVectors()) Deno.writeTextFileSync(new URL(name, FOLDER), text);
}
