/**
 * Modes and owners of what is trusted. The ledger's folder holds the signing key: whoever can write in it can sign what
 * never happened. The configuration chooses the policy: whoever can write it can allow everything.
 */

/** `folder`: the ledger's (at most 0700). `secret`: a key (at most 0600). `config`: written by nobody else. */
export type FileKind = "folder" | "secret" | "config";

export interface FileFacts {
  readonly isFile: boolean;
  readonly isDirectory: boolean;
  readonly isSymlink: boolean;
  /** Permission bits; null where the system has none (Windows). */
  readonly mode: number | null;
  readonly uid: number | null;
}

/** The little of a file system that is asked here. */
export interface Files {
  isFile(path: string): boolean;
  /** Of the path itself, a link not followed; `undefined` where nothing is there. */
  lstat(path: string): FileFacts | undefined;
  /** Of what the path leads to. */
  stat(path: string): FileFacts | undefined;
  /** Whose process this is; null where the system does not say. */
  uid(): number | null;
}

/** Why a file cannot be trusted: a phrase behind "cannot use", and the command that mends it. */
export interface ModeProblem {
  readonly message: string;
  readonly hint: string;
}

const LOOSE_BITS: Readonly<Record<FileKind, number>> = { folder: 0o077, secret: 0o077, config: 0o022 };
const WANTED: Readonly<Record<FileKind, string>> = { folder: "700", secret: "600", config: "600" };

/**
 * Refuses a link, somebody else's file, and looser modes; `undefined` where all is well or nothing is there yet. The link
 * to a configuration is followed, and what it leads to is checked: people keep theirs in one place and link to it.
 */
export function checkMode(path: string, kind: FileKind, files: Files): ModeProblem | undefined {
  const facts = kind === "config" ? files.stat(path) : files.lstat(path);
  if (facts === undefined) return undefined;
  if (facts.isSymlink) {
    return { message: `${path} is a link, which could lead anywhere`, hint: "name the place itself" };
  }
  const wantsFolder = kind === "folder";
  if (wantsFolder !== facts.isDirectory) {
    const message = `${path} is ${facts.isDirectory ? "a folder" : "a file"} and must be ${
      wantsFolder ? "a folder" : "a file"
    }`;
    return { message, hint: "move it away, or name another place" };
  }
  return ownerProblem(path, facts, files) ?? looseProblem(path, kind, facts);
}

/**
 * Another's file. Where the system does not tell who we are, the mode alone answers: what only its owner may open and
 * what we could open is ours, or we are root.
 */
function ownerProblem(path: string, { uid }: FileFacts, files: Files): ModeProblem | undefined {
  const own = files.uid();
  if (own === null || uid === null || uid === own || uid === 0) return undefined;
  return {
    message: `${path} belongs to another user (uid ${uid}, this is ${own})`,
    hint: `chown ${own} ${quoted(path)}`,
  };
}

function looseProblem(path: string, kind: FileKind, { mode }: FileFacts): ModeProblem | undefined {
  if (mode === null) return undefined;
  const bits = mode & 0o777;
  if ((bits & LOOSE_BITS[kind]) === 0) return undefined;
  const others = kind === "config" ? "others can write it" : "others can open it";
  const shown = bits.toString(8).padStart(4, "0");
  return {
    message: `${path} has mode ${shown}, so ${others}; at most 0${WANTED[kind]} is safe`,
    hint: kind === "config" ? `chmod go-w ${quoted(path)}` : `chmod ${WANTED[kind]} ${quoted(path)}`,
  };
}

/** For a shell. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** The machine's own file system. */
export const systemFiles: Files = {
  isFile: (path) => facts(() => Deno.statSync(path))?.isFile === true,
  lstat: (path) => facts(() => Deno.lstatSync(path)),
  stat: (path) => facts(() => Deno.statSync(path)),
  uid: ownUid,
};

function facts(stat: () => Deno.FileInfo): FileFacts | undefined {
  try {
    const { isFile, isDirectory, isSymlink, mode, uid } = stat();
    return { isFile, isDirectory, isSymlink, mode, uid };
  } catch (thrown) {
    // What may not be looked at is not there for us; whoever then reads it gets the system's own error.
    const absent = [
      Deno.errors.NotFound,
      Deno.errors.NotADirectory,
      Deno.errors.NotCapable,
      Deno.errors.PermissionDenied,
    ];
    if (absent.some((kind) => thrown instanceof kind)) return undefined;
    throw thrown;
  }
}

/** Asking is a permission of its own, which the locked-down form does not give. */
function ownUid(): number | null {
  const asked = Deno.permissions.querySync({ name: "sys", kind: "uid" });
  return asked.state === "granted" ? Deno.uid() : null;
}
