/** What the upstream finds in its environment. */
export interface ChildEnvironment {
  readonly variables: Readonly<Record<string, string>>;
  /** False where we may not read our own environment: then the child inherits it as the system does. */
  readonly complete: boolean;
}

/** What a program needs to run at all, and nothing that is a secret by custom. */
export const SAFE_VARIABLES: readonly string[] = [
  "PATH",
  "HOME",
  "USER",
  "LOGNAME",
  "SHELL",
  "LANG",
  "LANGUAGE",
  "TZ",
  "TERM",
  "COLORTERM",
  "TMPDIR",
  "TMP",
  "TEMP",
  "XDG_CACHE_HOME",
  "XDG_CONFIG_HOME",
  "XDG_DATA_HOME",
  "XDG_RUNTIME_DIR",
  // Windows
  "APPDATA",
  "COMSPEC",
  "HOMEDRIVE",
  "HOMEPATH",
  "LOCALAPPDATA",
  "PATHEXT",
  "PROGRAMDATA",
  "PROGRAMFILES",
  "SYSTEMDRIVE",
  "SYSTEMROOT",
  "USERPROFILE",
  "WINDIR",
];

const SAFE = new Set(SAFE_VARIABLES);
const OURS_REGEXP = /^COUNTERSIGN_/i;

// Deno hands these to a child only with `--allow-run` for every program: they decide which code a program loads.
const LOADER_REGEXP = /^(?:LD|DYLD)_/;

/** Our own environment, as far as we may read it and may hand it on; `undefined` where we may not read it. */
export function ownEnvironment(): Readonly<Record<string, string>> | undefined {
  if (Deno.permissions.querySync({ name: "env" }).state !== "granted") return undefined;
  const ours = Object.entries(Deno.env.toObject());
  const anyProgram = Deno.permissions.querySync({ name: "run" }).state === "granted";
  return Object.fromEntries(anyProgram ? ours : ours.filter(([name]) => !LOADER_REGEXP.test(name)));
}

/** The passphrase of the ledger's keys (lib/identity reads it; a test says that the two names are one). */
export const KEY_PASSPHRASE_VARIABLE = "COUNTERSIGN_KEY_PASSPHRASE";

/** Ours that are secrets: where the child inherits our environment as the system does, they arrive empty. */
const OUR_SECRETS: readonly string[] = ["COUNTERSIGN_AGENT_TOKEN", KEY_PASSPHRASE_VARIABLE];

export interface ChildOptions {
  /** Is everything of ours passed on, or only what every program needs? */
  readonly inherit: boolean;
  /** Comes on top. */
  readonly extra: Readonly<Record<string, string>>;
  /** Names of variables that the child must not have, such as the secret that agent tokens are made with. */
  readonly withheld?: readonly string[];
}

/**
 * The child's environment: everything of ours but our own `COUNTERSIGN_*` where `inherit` is set (a client's `env` block
 * arrives in ours), else the safe part; what the configuration names comes on top.
 */
export function childEnvironment(
  ours: Readonly<Record<string, string>> | undefined,
  { inherit, extra, withheld = [] }: ChildOptions,
): ChildEnvironment {
  if (ours === undefined) {
    // What is inherited cannot be taken away, but it can be written over.
    const emptied = Object.fromEntries([...OUR_SECRETS, ...withheld].map((name) => [name, ""]));
    return { variables: { ...emptied, ...extra }, complete: false };
  }
  // Without regard to case, as Windows has it.
  const secret = new Set(withheld.map((name) => name.toUpperCase()));
  const passes = (name: string) =>
    !secret.has(name.toUpperCase()) &&
    (inherit ? !OURS_REGEXP.test(name) : SAFE.has(name.toUpperCase()) || name.startsWith("LC_"));
  const kept = Object.entries(ours).filter(([name]) => passes(name));
  return { variables: { ...Object.fromEntries(kept), ...extra }, complete: true };
}
