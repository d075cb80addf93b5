/** Notices that a policy file changed. Editors write in place, or put a new file in the old one's place. */
import { messageOf } from "../../base/mod.ts";

/** A change is told of once nothing more has happened for this long: an editor makes several steps of it. */
const QUIET_MS = 100;
/**
 * So often we look for ourselves. The system tells of a folder, not of its name: of one that was put in the place of ours
 * it says nothing, and nothing of what is written there later.
 */
const LOOK_EVERY_MS = 1_000;

export interface WatchOptions {
  readonly onChange: () => void;
  /** One line for the operator. */
  readonly log: (line: string) => void;
}

/** Watches files by their folders, so that a file which is replaced or made anew is still the one that is watched. */
export class FileWatch {
  readonly #options: WatchOptions;
  #watcher: Deno.FsWatcher | undefined;
  #folders = "";
  #isAbout: (path: string) => boolean = () => false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #looking: ReturnType<typeof setInterval> | undefined;
  #files: readonly string[] = [];
  /** What the files looked like. */
  #seen = "";

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  /** Watches these files, absolute, from now on, and no others. */
  watch(files: readonly string[]): void {
    this.#isAbout = changeTest(files);
    this.#files = files;
    this.#seen = looksOf(files);
    this.#looking ??= setInterval(() => this.#look(), LOOK_EVERY_MS);
    const folders = [...new Set(files.map(folderOf))].sort();
    if (folders.join("\0") === this.#folders) return;
    this.#stop();
    this.#folders = folders.join("\0");
    if (folders.length > 0) this.#start(folders);
  }

  close(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#looking);
    this.#stop();
  }

  #look(): void {
    const looks = looksOf(this.#files);
    if (looks === this.#seen) return;
    this.#seen = looks;
    this.#soon();
  }

  #start(folders: readonly string[]): void {
    try {
      const watcher = Deno.watchFs([...folders], { recursive: false });
      this.#watcher = watcher;
      this.#follow(watcher).catch((error) => this.#sayBlind(error));
    } catch (error) {
      this.#sayBlind(error);
    }
  }

  async #follow(watcher: Deno.FsWatcher): Promise<void> {
    for await (const { kind, paths } of watcher) {
      // To be read is no change, and we read them ourselves.
      if (kind !== "access" && paths.some((path) => this.#isAbout(path))) this.#soon();
    }
  }

  #soon(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#options.onChange, QUIET_MS);
  }

  #stop(): void {
    this.#watcher?.close();
    this.#watcher = undefined;
  }

  #sayBlind(error: unknown): void {
    const cause = messageOf(error);
    this.#options.log(`cannot watch the policy files: ${cause}; SIGHUP still loads them again`);
  }
}

/** Which file each is, and when it was changed last; nothing for one that is not there. */
function looksOf(files: readonly string[]): string {
  return JSON.stringify(files.map((file) => {
    try {
      const { dev, ino, mtime, size } = Deno.statSync(file);
      return [dev, ino, mtime?.getTime(), size];
    } catch {
      return undefined;
    }
  }));
}

/** Is a change of this path one of the files? A file that is a link changes when anything beside it does. */
export function changeTest(files: readonly string[]): (path: string) => boolean {
  const names = new Set(files.map(nameOf));
  const linked = new Set(files.filter(isLink).map(folderOf).map(nameOf));
  return (path) => names.has(nameOf(path)) || linked.has(nameOf(folderOf(path)));
}

function isLink(file: string): boolean {
  try {
    return Deno.lstatSync(file).isSymlink;
  } catch {
    return false; // not there at the moment: it will be a file again, or a reload says so
  }
}

function folderOf(path: string): string {
  return path.replace(/[/\\][^/\\]*$/, "") || "/";
}

/** The system may tell of a path in another spelling (a link on the way, a drive letter): the last part is the same. */
function nameOf(path: string): string {
  return path.replace(/^.*[/\\]/, "");
}
