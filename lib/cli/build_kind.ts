import configuration from "../../deno.json" with { type: "json" };

/** The version of this Countersign. */
export const VERSION: string = configuration.version;

/** `binary`: made by `deno compile`. `source`: run by `deno run`. */
export function buildKind(): "binary" | "source" {
  return Deno.build.standalone ? "binary" : "source";
}

/** A program and the arguments that stand before a command's own. */
export interface OwnCommand {
  readonly program: string;
  readonly args: readonly string[];
}

/**
 * Starts this very Countersign again: the binary itself, or the same Deno on the same `main.ts`. V8's flags are per
 * process, so they are repeated here as in the `run` task.
 */
export function ownCommand(): OwnCommand {
  const program = Deno.execPath();
  if (buildKind() === "binary") return { program, args: [] };
  const root = new URL("../../", import.meta.url);
  return {
    program,
    args: [
      "run",
      "--quiet",
      "--allow-all",
      `--config=${filePath(new URL("deno.json", root))}`,
      "--v8-flags=--enable-experimental-regexp-engine-on-excessive-backtracks",
      filePath(new URL("main.ts", root)),
    ],
  };
}

/** The path of a `file:` URL, as the system writes it. */
export function filePath(url: URL): string {
  const path = decodeURIComponent(url.pathname);
  return Deno.build.os === "windows" ? path.slice(1).replaceAll("/", "\\") : path;
}
