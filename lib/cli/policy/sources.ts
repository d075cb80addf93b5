/** From the words of a command line to the texts of layers. */
import { Fault } from "../../base/mod.ts";
import { loadConfig, type PolicyRef } from "../../config/mod.ts";
import { type Diagnostic, formatOfFile } from "../../diagnostic/mod.ts";
import { BUNDLED_POLICIES, bundledPolicy, type PolicySource } from "../../policy/mod.ts";
import { DETECTORS, SCAN_DETECTOR_IDS, type ScanOptions } from "../../scan/mod.ts";
import type { Io } from "../command.ts";

export interface Sources {
  readonly sources: readonly PolicySource[];
  /** What is wrong with a configuration that names them. */
  readonly diagnostics: readonly Diagnostic[];
  /** What the configuration says about the scanner; absent where none is named. */
  readonly scan?: ScanOptions;
  /** Texts of everything that was read, by the names that diagnostics have. */
  readonly texts: ReadonlyMap<string, string>;
}

const BARE_REGEXP = /^[a-z][a-z0-9-]*$/;
const CONFIG_REGEXP = /(?:^|[/\\])countersign\.toml$/;

/** Is the word the name of a bundled policy? A file has a dot or a slash in its name. */
export function isBundledWord(word: string): boolean {
  return BARE_REGEXP.test(word);
}

/** Does the word name a configuration, which stands for all layers that it names? */
export function isConfigWord(word: string): boolean {
  return CONFIG_REGEXP.test(word);
}

/**
 * The layers that `words` name, the highest first: files, bundled policies, or a `countersign.toml`, which stands for
 * its guardrails and the policies that it names. Throws Fault `config` for a file that cannot be read.
 */
export function sourcesOf(words: readonly string[], io: Io): Sources {
  return gathered(
    words.map((word) => isConfigWord(word) ? fromConfig(word, io) : { sources: [fromWord(word, io)] }),
  );
}

/** As {@link sourcesOf}, for a configuration of any name. */
export function sourcesOfConfig(file: string, io: Io): Sources {
  return gathered([fromConfig(file, io)]);
}

type Found = Partial<Sources> & Pick<Sources, "sources">;

function gathered(found: readonly Found[]): Sources {
  const sources = found.flatMap((one) => one.sources);
  const texts = new Map(found.flatMap((one) => [...one.texts ?? []]));
  for (const { file, text } of sources) texts.set(file, text);
  const scan = found.find((one) => one.scan !== undefined)?.scan;
  const diagnostics = found.flatMap(({ diagnostics }) => diagnostics ?? []);
  return { sources, diagnostics, texts, ...scan === undefined ? {} : { scan } };
}

function fromWord(word: string, io: Io): PolicySource {
  if (!isBundledWord(word)) return sourceOf({ kind: "file", path: absolute(word, io) }, word);
  return sourceOf({ kind: "bundled", name: word }, word);
}

/** The source of a reference; `shown` is its name in messages. Throws Fault `config` where there is none. */
export function sourceOf(ref: PolicyRef, shown: string): PolicySource {
  if (ref.kind === "file") return fileSource(ref.path, shown);
  const bundled = bundledPolicy(ref.name);
  if (bundled !== undefined) return bundled;
  throw new Fault("config", `Cannot read the policy: no bundled one has the name "${ref.name}"`, {
    hint: `bundled are ${BUNDLED_POLICIES.join(", ")}; a file of that name is written ./${ref.name}`,
  });
}

function fileSource(path: string, shown: string): PolicySource {
  const format = formatOfFile(path);
  if (format === undefined) {
    throw new Fault("config", `Cannot read the policy "${shown}": its ending names no format`, {
      hint: "name the file .toml, .yaml, .json or .jsonc",
    });
  }
  const base = path.split(/[/\\]/).at(-1) ?? path;
  return { name: base.replace(/\.[^.]+$/, ""), file: shown, format, text: readText(path, shown) };
}

function fromConfig(word: string, io: Io): Found {
  const file = absolute(word, io);
  const text = readText(file, word);
  const floor = DETECTORS.filter((detector) => detector.floor).map(({ id }) => id);
  const known = { policies: BUNDLED_POLICIES, detectors: SCAN_DETECTOR_IDS, floor };
  const config = loadConfig({ file, text, known });
  const texts = new Map([[file, text]]);
  if (!config.ok) return { sources: [], diagnostics: config.error, texts };
  const { guardrails, policies, scan, warnings } = config.value;
  const named: readonly PolicyRef[] = policies.length > 0
    ? policies
    : [{ kind: "bundled", name: "standard" }];
  const layers = named.map((ref) => sourceOf(ref, ref.kind === "file" ? ref.path : ref.name));
  return {
    sources: [...guardrails === undefined ? [] : [guardrails], ...layers],
    diagnostics: warnings,
    texts,
    scan,
  };
}

function readText(path: string, shown: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (thrown) {
    if (!(thrown instanceof Error)) throw thrown;
    const cause = thrown instanceof Deno.errors.NotFound ? "there is no such file" : thrown.message;
    throw new Fault("config", `Cannot read "${shown}": ${cause}`, { hint: `ls -l ${shown}`, cause: thrown });
  }
}

function absolute(path: string, io: Io): string {
  return /^(?:[/\\]|[A-Za-z]:)/.test(path) ? path : `${io.cwd()}/${path}`;
}
