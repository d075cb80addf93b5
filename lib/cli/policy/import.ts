import { Fault, utf8Decode } from "../../base/mod.ts";
import { diagnosticsJson, renderDiagnostics } from "../../diagnostic/mod.ts";
import {
  IMPORT_KINDS,
  type Imported,
  type ImportKind,
  type ImportNoteKind,
  importPolicy,
} from "../../policy/mod.ts";
import { DETECTORS, SCAN_DETECTOR_IDS } from "../../scan/mod.ts";
import { type Args, EXIT, type Io } from "../command.ts";
import { paint, printable, type Style } from "../render.ts";

const MAX_BYTES = 16 * 1024 * 1024;

/**
 * `policy import FILE`: another system's policy in the native form, to stdout or `--out`; what is stricter, other or
 * missing to stderr. Ends with 1 where something could not be carried over.
 */
export async function importCommand(args: Args, io: Io): Promise<number> {
  const [, file, extra] = args.words;
  if (file === undefined || extra !== undefined) {
    const cause = file === undefined ? "no file is named" : `"${extra}" is one word too many`;
    throw new Fault("usage", `Cannot import a policy: ${cause}`, { hint: "countersign policy import FILE" });
  }
  const from = kindOf(args.text("from"));
  const text = readForeign(file, io);
  const floor = DETECTORS.filter((detector) => detector.floor).map(({ id }) => id);
  const imported = await importPolicy({
    file,
    text,
    detectors: SCAN_DETECTOR_IDS,
    floor,
    ...(from === undefined ? {} : { from }),
  });
  if (!imported.ok) {
    if (args.has("json")) io.out(`${diagnosticsJson(imported.error)}\n`);
    // Such files hold keys of clouds and headers of servers: of their lines, strings are not shown.
    const options = { sources: new Map([[file, text]]), maskStrings: true, colour: io.terminal.err };
    if (!args.has("json")) io.err(renderDiagnostics(imported.error, options));
    return EXIT.usage;
  }
  tell(imported.value, { file, args, io });
  const complete = imported.value.notes.every(({ kind }) => kind !== "not-carried");
  return complete ? EXIT.done : EXIT.no;
}

function kindOf(word: string | undefined): ImportKind | undefined {
  const kind = IMPORT_KINDS.find((known) => known === word);
  if (word === undefined || kind !== undefined) return kind;
  throw new Fault(
    "usage",
    `Cannot import a policy: --from is "${word}", want one of ${IMPORT_KINDS.join(", ")}`,
    {
      hint: "countersign policy import FILE --from mcpfw",
    },
  );
}

/** The text of the file. ATTACKER-CONTROLLED as far as its shape goes: it comes from elsewhere. */
function readForeign(file: string, io: Io): string {
  const path = absolute(file, io);
  let bytes: Uint8Array;
  try {
    if (Deno.statSync(path).size > MAX_BYTES) {
      throw new Fault("config", `Cannot read "${file}": it has more than ${MAX_BYTES} bytes`);
    }
    bytes = Deno.readFileSync(path);
  } catch (thrown) {
    if (!(thrown instanceof Error) || thrown instanceof Fault) throw thrown;
    const cause = thrown instanceof Deno.errors.NotFound ? "there is no such file" : thrown.message;
    throw new Fault("config", `Cannot read "${file}": ${cause}`, { hint: `ls -l ${file}`, cause: thrown });
  }
  const text = utf8Decode(bytes);
  if (text !== undefined) return text.replace(/^\ufeff/, "");
  throw new Fault("config", `Cannot read "${file}": it is not UTF-8`, { hint: "save it as UTF-8" });
}

interface Telling {
  readonly file: string;
  readonly args: Args;
  readonly io: Io;
}

function tell(imported: Imported, { file, args, io }: Telling): void {
  const { kind, toml, config, notes } = imported;
  const out = args.text("out");
  if (out !== undefined) writePolicy(out, toml, { force: args.has("force"), io });
  if (args.has("json")) {
    io.out(`${JSON.stringify({ from: kind, policy: toml, config: config ?? null, notes })}\n`);
    return;
  }
  if (out === undefined) io.out(toml);
  for (const note of notes) {
    const word = paint(WORDS[note.kind], STYLES[note.kind], io.terminal.err);
    const where = note.path === "" ? "" : `${printable(note.path)}: `;
    io.err(`${printable(file)}:${note.line}: ${word}: ${where}${printable(note.message)}\n`);
  }
  if (config !== undefined) io.err(`for countersign.toml:\n${config}`);
  if (out !== undefined) {
    io.err(`wrote ${printable(out)}; countersign policy check ${printable(out)} shows its order\n`);
  }
  io.err(`from ${kind}: ${countsOf(imported)}\n`);
}

const WORDS: Readonly<Record<ImportNoteKind, string>> = {
  stricter: "stricter",
  changed: "changed",
  "not-carried": "not carried over",
};
const STYLES: Readonly<Record<ImportNoteKind, Style>> = {
  stricter: "green",
  changed: "yellow",
  "not-carried": "red",
};

function countsOf({ notes }: Imported): string {
  const kinds: readonly ImportNoteKind[] = ["stricter", "changed", "not-carried"];
  return kinds.map((kind) => `${notes.filter((note) => note.kind === kind).length} ${WORDS[kind]}`).join(
    ", ",
  );
}

/** Throws Fault `usage` where the file is there already and nobody said `--force`. */
function writePolicy(
  out: string,
  toml: string,
  { force, io }: { readonly force: boolean; readonly io: Io },
): void {
  try {
    Deno.writeTextFileSync(absolute(out, io), toml, { createNew: !force });
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    if (thrown instanceof Deno.errors.AlreadyExists) {
      const hint = `name another file, or add --force to write over ${out}`;
      throw new Fault("usage", `Cannot write "${out}": it is there already`, { hint, cause: thrown });
    }
    throw new Fault("config", `Cannot write "${out}": ${thrown.message}`, {
      hint: `ls -ld ${out}`,
      cause: thrown,
    });
  }
}

function absolute(path: string, io: Io): string {
  return /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : `${io.cwd()}/${path}`;
}
