/** A witness's folder: its key, its name, and what it remembers in one Deno KV file, one synced commit a step. */
import { Fault } from "../base/mod.ts";
import {
  createKeyFiles,
  KEY_FILES,
  loadKeyFiles,
  loadPublicKeyFile,
  passphraseFrom,
} from "../identity/mod.ts";
import {
  type Cosigner,
  formatVerifierKey,
  parseVerifierKey,
  type VerifierKey,
  witnessVerifierKey,
} from "../ledger/mod.ts";
import type { Remembered, Seen, WitnessMemory } from "../witness/mod.ts";
import { patiently, saysBusy } from "./busy.ts";
import { underFolderLock } from "./folder_lock.ts";
import { checkFolder, makeFile, makeFolder, pathThere } from "./folder_modes.ts";

const MEMORY = "witness.db";
/** Holds the verifier key, and with it the name. */
const NAME_FILE = "witness.vkey";
const TABLE = "latest";
/** There since the witness was made: a file without it is one that lost what was in it. */
const BEGUN: Deno.KvKey = ["begun"];

/** A witness that can sign and remember. */
export interface WitnessFolder {
  readonly cosigner: Cosigner;
  readonly key: VerifierKey;
  readonly memory: WitnessMemory;
}

/** Makes a witness with a new key. Throws Fault `usage` where there is one, `config` for modes as a ledger's folder does. */
export async function makeWitnessFolder(folder: string, name: string): Promise<VerifierKey> {
  await makeFolder(folder);
  await checkFolder(folder);
  return await underFolderLock(folder, async () => {
    if (await pathThere(`${folder}/${KEY_FILES.signing}`)) {
      throw new Fault("usage", `Cannot make a witness: there is a key in "${folder}"`, {
        hint: "name another folder with --dir",
      });
    }
    await makeFolder(`${folder}/${KEY_FILES.folder}`);
    await makeFile(`${folder}/${MEMORY}`);
    await beginMemory(`${folder}/${MEMORY}`);
    const { publicKey } = await createKeyFiles(folder, passphraseFrom());
    const key = witnessVerifierKey(name, publicKey);
    // Last: a crash before leaves a folder that is none of a witness, and `init` says what is in the way.
    await Deno.writeTextFile(`${folder}/${NAME_FILE}`, `${formatVerifierKey(key)}\n`, {
      createNew: true,
      mode: 0o600,
    });
    return key;
  });
}

/** The verifier key of the witness in `folder`. Throws Fault `usage` where there is none, `key` where it is damaged. */
export async function readWitnessKey(folder: string): Promise<VerifierKey> {
  const path = `${folder}/${NAME_FILE}`;
  if (!await pathThere(path)) {
    throw new Fault("usage", `Cannot open the witness: there is no ${NAME_FILE} in "${folder}"`, {
      hint: "countersign witness init --name witness.example.com/w1",
    });
  }
  const key = parseVerifierKey((await Deno.readTextFile(path)).trimEnd());
  const published = await loadPublicKeyFile(folder);
  if (key.ok && published !== undefined && published.toHex() === key.value.publicKey.toHex()) {
    return key.value;
  }
  throw new Fault("key", `Cannot open the witness: ${NAME_FILE} does not name the key in "${folder}"`, {
    hint: "restore the folder from a backup",
  });
}

/** Opens the witness in `folder`. Throws as {@link readWitnessKey}, and Fault `io` where its memory cannot be opened. */
export async function openWitnessFolder(folder: string): Promise<WitnessFolder> {
  const key = await readWitnessKey(folder);
  await checkFolder(folder);
  const { publicKey, sign } = await loadKeyFiles(folder, passphraseFrom());
  return { key, cosigner: { name: key.name, publicKey, sign }, memory: await openMemory(folder) };
}

async function beginMemory(path: string): Promise<void> {
  const kv = await patiently(() => Deno.openKv(path));
  await patiently(() => kv.set(BEGUN, true));
  kv.close();
}

async function openMemory(folder: string): Promise<WitnessMemory> {
  const path = `${folder}/${MEMORY}`;
  // To open a memory that is not there would make an empty one, and the witness would forget all that it saw.
  if (!await pathThere(path)) throw forgotten(`there is no ${MEMORY} in "${folder}"`);
  const kv = await patiently(() => Deno.openKv(path)).catch((cause: unknown) => {
    throw new Fault("io", `Cannot open the witness's memory at "${path}"`, { cause });
  });
  if ((await patiently(() => kv.get(BEGUN))).versionstamp === null) {
    kv.close();
    throw forgotten(`${MEMORY} in "${folder}" is empty`);
  }
  return {
    async latest(origin) {
      const { value, versionstamp } = await patiently(() => kv.get([TABLE, origin]));
      if (versionstamp === null) return undefined;
      if (!isSeen(value)) throw forgotten("what it remembers of a log is damaged");
      return { ...value, version: versionstamp };
    },
    advance: (origin, before, next) => advanceOnce(kv, origin, { before, next }),
    close: () => kv.close(),
  };
}

interface Step {
  readonly before: Remembered | undefined;
  readonly next: Seen;
}

async function advanceOnce(kv: Deno.Kv, origin: string, { before, next }: Step): Promise<boolean> {
  const key = [TABLE, origin];
  const { size, root, note } = next;
  try {
    const check = { key, versionstamp: before?.version ?? null };
    return (await kv.atomic().check(check).set(key, { size, root, note }).commit()).ok;
  } catch (thrown) {
    if (saysBusy(thrown)) return false; // nothing was written
    throw thrown;
  }
}

function isSeen(value: unknown): value is Seen {
  if (typeof value !== "object" || value === null) return false;
  const { size, root, note } = value as Record<string, unknown>;
  return Number.isSafeInteger(size) && typeof root === "string" && typeof note === "string";
}

/** A memory that cannot be read is no empty one: whoever damages it must not make the witness begin anew. */
function forgotten(cause: string): Fault {
  return new Fault("io", `Cannot witness: ${cause}`, {
    hint: "restore the folder from a backup; without its memory it must be a new witness, with a new key",
  });
}
