/** Where the policy of a run comes from, so that it can be read again. */
import { Fault } from "../../base/mod.ts";
import type { Diagnostic } from "../../diagnostic/mod.ts";
import type { PolicySource } from "../../policy/mod.ts";
import type { Io } from "../command.ts";
import { complain, policySources, readSetup, type Setup } from "../setup.ts";

export interface PolicyPlace {
  /** Reads the layers anew. Says on stderr everything that is wrong with the configuration, then throws Fault `config`. */
  read(): readonly PolicySource[];
  /** The files that the layers came from when they were last read, absolute; empty where everything is bundled. */
  readonly files: readonly string[];
  /** Says on stderr everything that is wrong with `sources`; answers with the Fault to throw. */
  complain(diagnostics: readonly Diagnostic[], sources: readonly PolicySource[]): Fault;
}

export interface PolicyPlaceOptions {
  /** As it was at the start. */
  readonly setup: Setup;
  /** `--policy`, as given. */
  readonly named: readonly string[];
  readonly io: Io;
}

/**
 * The policy files and the configuration: its `[guardrails]` are a layer, and it names the files unless `--policy` does.
 * Everything else that the configuration says holds until the next start.
 */
export function policyPlace({ setup, named, io }: PolicyPlaceOptions): PolicyPlace {
  let files: readonly string[] = [], now = setup;
  return {
    read() {
      if (setup.file !== undefined) now = readSetup(io, setup.file, { told: now.config.warnings });
      const sources = policySources(now, named, io);
      files = filesOf(sources, setup.file);
      return sources;
    },
    get files() {
      return files;
    },
    complain: (diagnostics, sources) =>
      complain(diagnostics, { io, what: "policy", sources: new Map(sources.map((s) => [s.file, s.text])) }),
  };
}

function filesOf(sources: readonly PolicySource[], config: string | undefined): readonly string[] {
  const layers = sources.map(({ file }) => file).filter((file) => !file.startsWith("bundled:"));
  return [...new Set(config === undefined ? layers : [config, ...layers])];
}
