/** What is configured, for every command alike: the file, the ledger's folder, the texts of the policies. */
import { Fault } from "../base/mod.ts";
import { checkMode, type Config, defaultPaths, findConfig, loadConfig, systemFiles } from "../config/mod.ts";
import { type Diagnostic, formatOfFile, renderDiagnostics } from "../diagnostic/mod.ts";
import { BUNDLED_POLICIES, bundledPolicy } from "../policy/bundled.ts";
import type { PolicySource } from "../policy/mod.ts";
import { SCAN_DETECTOR_IDS } from "../scan/ids.ts";
import type { Io } from "./command.ts";

/** The configuration in force and where it came from. */
export interface Setup {
  readonly config: Config;
  /** Absolute; absent where there is no configuration and the defaults hold. */
  readonly file?: string;
  /** Absolute: as configured, or in the user's data folder where nothing is. */
  readonly ledgerFolder: string;
}

const NOTHING_CONFIGURED = "version = 1\n";

export interface SetupOptions {
  /** The command has no use for secrets: a variable that holds one need not be set where it runs. */
  readonly withoutSecrets?: boolean;
  /** Warnings that were said when it was read before: the same ones are not said again. */
  readonly told?: readonly Diagnostic[];
}

/**
 * Reads the configuration that holds for `io`: `flag` (`--config`), the environment, the working folder and those above,
 * the user's. Says on stderr everything that is wrong with it, then throws Fault `config`.
 */
export function readSetup(
  io: Io,
  flag?: string,
  { withoutSecrets = false, told = [] }: SetupOptions = {},
): Setup {
  const file = locateConfig(io, flag);
  if (file === undefined) return unconfigured(io);
  const problem = checkMode(file, "config", systemFiles);
  if (problem !== undefined) {
    throw new Fault("config", `Cannot use the configuration: ${problem.message}`, { hint: problem.hint });
  }
  const text = readOperatorFile(file, "the configuration");
  const loaded = loadConfig({ file, text, known: KNOWN, ...withoutSecrets ? {} : { env: io.env } });
  if (!loaded.ok) {
    throw complain(loaded.error, { io, what: "configuration", sources: new Map([[file, text]]) });
  }
  const { warnings } = loaded.value;
  if (JSON.stringify(warnings) !== JSON.stringify(told)) say(warnings, io, new Map([[file, text]]));
  return { config: loaded.value, file, ledgerFolder: loaded.value.ledger.path };
}

/** The configuration file that holds for `io`; `undefined` where there is none. It may not exist if a person named it. */
export function locateConfig(io: Io, flag?: string): string | undefined {
  const places = { flag, env: io.env, cwd: io.cwd(), home: io.env("HOME"), os: Deno.build.os };
  return findConfig(places, systemFiles);
}

const KNOWN = { policies: BUNDLED_POLICIES, detectors: SCAN_DETECTOR_IDS };

function unconfigured(io: Io): Setup {
  const loaded = loadConfig({ text: NOTHING_CONFIGURED });
  if (!loaded.ok) throw new Fault("internal", "Cannot configure: the defaults are not valid");
  return { config: loaded.value, ledgerFolder: `${dataFolder(io)}/ledger` };
}

/** The user's data folder for this program, absolute; it may not exist yet. Throws Fault `config`. */
export function dataFolder(io: Io): string {
  const paths = defaultPaths(io.env, Deno.build.os);
  if (paths !== undefined) return paths.data;
  throw new Fault("config", "Cannot find a place for the ledger: the environment names no home folder", {
    hint: "set HOME, or make a configuration here with: countersign init",
  });
}

/**
 * The layers of the policy, the highest first: `[guardrails]`, then `named` (`--policy`; a bundled name or a file) or,
 * where none is named, those of the configuration, else the bundled `standard`. Throws Fault `config`.
 */
export function policySources({ config }: Setup, named: readonly string[], io: Io): readonly PolicySource[] {
  const layers = named.length > 0
    ? named.map((name) => bundledPolicy(name) ?? readPolicyFile(absolutePath(name, io)))
    : config.policies.map((ref) => ref.kind === "file" ? readPolicyFile(ref.path) : bundled(ref.name));
  const below = layers.length > 0 ? layers : [bundled("standard")];
  return config.guardrails === undefined ? below : [config.guardrails, ...below];
}

function bundled(name: string): PolicySource {
  const source = bundledPolicy(name);
  if (source !== undefined) return source;
  throw new Fault("config", `Cannot load the policy: no bundled policy has the name "${name}"`, {
    hint: `bundled are ${BUNDLED_POLICIES.join(", ")}; a file of that name is written "./${name}"`,
  });
}

/** One policy file as a layer. Throws Fault `config` where it cannot be read or its name does not tell its form. */
export function readPolicyFile(path: string): PolicySource {
  const format = formatOfFile(path);
  const name = path.replace(/^.*[/\\]/, "").replace(/\.[^.]*$/, "");
  if (format !== undefined) return { name, file: path, format, text: readOperatorFile(path, "the policy") };
  throw new Fault(
    "config",
    `Cannot read the policy: "${path}" is none of .toml, .yaml, .yml, .json, .jsonc`,
    {
      hint: `bundled policies are ${BUNDLED_POLICIES.join(", ")}`,
    },
  );
}

/** `path` made absolute from the working folder. */
export function absolutePath(path: string, io: Io): string {
  return /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(path) ? path : `${io.cwd()}/${path.replace(/^(?:\.\/)+/, "")}`;
}

function readOperatorFile(path: string, what: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Deno.readFileSync(path));
  } catch (thrown) {
    throw new Fault("config", `Cannot read ${what}: ${reasonFor(thrown, path)}`, { cause: thrown });
  }
}

function reasonFor(thrown: unknown, path: string): string {
  if (thrown instanceof Deno.errors.NotFound) return `there is no file "${path}"`;
  if (thrown instanceof Deno.errors.IsADirectory) return `"${path}" is a folder`;
  if (thrown instanceof TypeError) return `"${path}" is not UTF-8 text`;
  return thrown instanceof Error ? thrown.message : `"${path}" cannot be read`;
}

/** What is wrong with a file, and how it is said. */
export interface Complaint {
  readonly io: Io;
  /** Such as `configuration`. */
  readonly what: string;
  /** The texts of the files, to quote from. */
  readonly sources: ReadonlyMap<string, string>;
}

/** Says everything that is wrong on stderr; answers with the Fault `config` to throw. */
export function complain(diagnostics: readonly Diagnostic[], { io, what, sources }: Complaint): Fault {
  say(diagnostics, io, sources);
  const errors = diagnostics.filter(({ severity }) => severity === "error").length;
  const count = errors === 1 ? "1 error" : `${errors} errors`;
  return new Fault("config", `Cannot load the ${what}: it has ${count}, shown above`);
}

function say(diagnostics: readonly Diagnostic[], io: Io, sources: ReadonlyMap<string, string>): void {
  if (diagnostics.length === 0) return;
  io.err(renderDiagnostics(diagnostics, { sources, maskStrings: true, colour: io.terminal.err }));
}
