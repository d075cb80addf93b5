/** How the product is started: from source by `deno run`, or as the binary that COUNTERSIGN_BIN names. */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The repository's root, absolute. */
export const ROOT = fileURLToPath(new URL("../../../", import.meta.url));

/** What `deno run` needs besides permissions; a compiled binary carries the same. */
const RUNTIME_FLAGS = [
  "--unstable-kv",
  "--unstable-worker-options",
  "--v8-flags=--enable-experimental-regexp-engine-on-excessive-backtracks",
] as const;

/** The full rights that `deno run` gives by default in tests; the locked-down test hands in its own. */
const ALL_PERMISSIONS = ["-A"] as const;

export interface ProductCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** The compiled binary under test, absolute, as processes start in folders of their own. */
function binaryPath(): string | undefined {
  const path = Deno.env.get("COUNTERSIGN_BIN");
  return path === undefined ? undefined : resolve(path);
}

/** Is the product under test the compiled binary? */
export function isBinary(): boolean {
  return binaryPath() !== undefined;
}

/**
 * Does the product under test run on the runtime that is pinned, which is the one that runs the tests? A binary that was
 * built offline does not, and reads HTTP otherwise: what a release is made of is tried from source then.
 */
export function hasPinnedRuntime(): boolean {
  const binary = binaryPath();
  if (binary === undefined) return true;
  const { stdout } = new Deno.Command(binary, { args: ["version"] }).outputSync();
  return new TextDecoder().decode(stdout).includes(`Deno ${Deno.version.deno}`);
}

/** The command line of the product with `args`. `permissions` count only where the product runs from source. */
export function product(
  args: readonly string[],
  permissions: readonly string[] = ALL_PERMISSIONS,
): ProductCommand {
  const binary = binaryPath();
  if (binary !== undefined) return { command: binary, args };
  const flags = ["run", "--quiet", `--config=${ROOT}deno.json`, ...permissions, ...RUNTIME_FLAGS];
  return { command: Deno.execPath(), args: [...flags, `${ROOT}main.ts`, ...args] };
}

/** The command line of a fixture in `tests/fixtures`, which needs nothing of the repository. */
export function fixture(name: string): ProductCommand {
  const flags = ["run", "--quiet", "-A", "--no-config", "--no-lock"];
  return { command: Deno.execPath(), args: [...flags, `${ROOT}tests/fixtures/${name}`] };
}

/** The command line of a fixture that imports packages of the repository's map. */
export function fixtureWithPackages(name: string): ProductCommand {
  const flags = ["run", "--quiet", "-A", `--config=${ROOT}deno.json`];
  return { command: Deno.execPath(), args: [...flags, `${ROOT}tests/fixtures/${name}`] };
}

/** The command line of an MCP server on npm, run by Deno: no `npx` in between, up in a tenth of a second once cached. */
export function npmServer(specifier: string, args: readonly string[] = []): ProductCommand {
  const flags = ["run", "--quiet", "-A", "--no-config", "--no-lock"];
  return { command: Deno.execPath(), args: [...flags, `npm:${specifier}`, ...args] };
}
