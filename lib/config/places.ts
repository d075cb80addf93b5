/** Where the configuration and the user's data are (spec: command line, "Where things are"). */
import { isAbsolute, joinPath, parentOf } from "./paths.ts";

export const CONFIG_FILE = "countersign.toml";

type Env = (name: string) => string | undefined;

/** The user's own folders for this program; they may not exist yet. */
export interface UserFolders {
  /** Key and ledger, where no configuration names a place. */
  readonly data: string;
  readonly config: string;
}

/** The user's folders on this system; `undefined` where the environment does not say where they would be. */
export function defaultPaths(env: Env, os: "linux" | "darwin" | "windows" | string): UserFolders | undefined {
  if (os === "windows") {
    const local = absolute(env("LOCALAPPDATA")), roaming = absolute(env("APPDATA")) ?? local;
    if (local === undefined || roaming === undefined) return undefined;
    return { data: joinPath(local, "countersign"), config: joinPath(roaming, "countersign") };
  }
  const home = absolute(env("HOME"));
  if (os === "darwin") {
    const support = home === undefined
      ? undefined
      : joinPath(home, "Library/Application Support/countersign");
    return support === undefined ? undefined : { data: support, config: support };
  }
  // A relative path in an XDG variable is to be ignored (XDG base directory specification).
  const data = absolute(env("XDG_DATA_HOME")) ??
    (home === undefined ? undefined : joinPath(home, ".local/share"));
  const config = absolute(env("XDG_CONFIG_HOME")) ??
    (home === undefined ? undefined : joinPath(home, ".config"));
  if (data === undefined || config === undefined) return undefined;
  return { data: joinPath(data, "countersign"), config: joinPath(config, "countersign") };
}

function absolute(path: string | undefined): string | undefined {
  return path !== undefined && isAbsolute(path) ? path : undefined;
}

export interface ConfigPlaces {
  /** `--config`. */
  readonly flag?: string | undefined;
  readonly env: Env;
  /** Absolute. */
  readonly cwd: string;
  /** The user's home, absolute: the search upwards ends there. */
  readonly home?: string | undefined;
  /** Name of the system, as in `Deno.build.os`. */
  readonly os?: string;
}

/**
 * The configuration file to read: the flag, `COUNTERSIGN_CONFIG`, `countersign.toml` here or above, the user's. What a
 * person named is answered whether it exists or not: its absence is an error to be told, not a reason to take another.
 */
export function findConfig(
  places: ConfigPlaces,
  files: { isFile(path: string): boolean },
): string | undefined {
  const named = places.flag ?? places.env("COUNTERSIGN_CONFIG");
  if (named !== undefined && named !== "") return isAbsolute(named) ? named : joinPath(places.cwd, named);
  const user = defaultPaths(places.env, places.os ?? "linux")?.config;
  const candidates = [
    ...foldersUpwards(places).map((folder) => joinPath(folder, CONFIG_FILE)),
    ...(user === undefined ? [] : [joinPath(user, CONFIG_FILE)]),
  ];
  return candidates.find((path) => files.isFile(path));
}

/** From the working folder up to the home folder, or to the root where we are not in it. */
function foldersUpwards({ cwd, home }: ConfigPlaces): readonly string[] {
  const folders: string[] = [];
  for (let folder: string | undefined = cwd; folder !== undefined; folder = parentOf(folder)) {
    folders.push(folder);
    if (folder === home) break;
  }
  return folders;
}
