/** One run of the official conformance suite against a server at a URL. */

/** Pinned: a later suite asks for more, and that is a change of its own. */
const SUITE = "@modelcontextprotocol/conformance@0.2.0-alpha.12";

/** On two processors that have nothing else to do, the longest run takes fifteen seconds. */
const DEADLINE_MS = 120_000;

/** The sets of requirements: each is run on the wire of its own revision, the one with sessions, the other without. */
export const REVISIONS = ["2025-11-25", "2026-07-28"] as const;

export interface SuiteRun {
  /** Did everything pass that the revision requires? */
  readonly conforms: boolean;
  /** `scenario/check`: what passed wherever it was looked at. */
  readonly passed: ReadonlySet<string>;
  /** `scenario/check`: why it did not, in the suite's words. */
  readonly failed: ReadonlyMap<string, string>;
  /** What the suite printed. */
  readonly output: string;
}

/** What the suite writes of one check. */
interface Check {
  readonly id: string;
  readonly status: "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED" | "INFO";
  readonly errorMessage?: string;
}

/** Runs everything that `revision` requires, and what the suite reports without scoring it. */
export async function runSuite(url: URL, revision: string): Promise<SuiteRun> {
  const folder = await Deno.makeTempDir({ prefix: "conformance-" });
  try {
    const what = ["server", "--url", url.href, "--requirements", revision, "--output-dir", folder];
    const { success, output } = await startSuite(what);
    return { conforms: success, output, ...await readChecks(folder) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The suite says something within a second. A runtime that stands still at its start does so for good. */
const FIRST_WORD_MS = 20_000;
const MOST_STARTS = 4;

/**
 * Runs a command of the suite to its end, or to its deadline: a peer that hangs must not hang whoever waits for us. One that
 * says nothing at all has not begun, which says nothing of anybody, and is started once more.
 */
export async function startSuite(what: readonly string[]): Promise<SuiteEnd> {
  for (let start = 1;; start++) {
    const end = await runToDeadline(what);
    if (end.hasBegun || start === MOST_STARTS) return end;
  }
}

interface SuiteEnd {
  readonly success: boolean;
  readonly output: string;
}

async function runToDeadline(what: readonly string[]): Promise<SuiteEnd & { readonly hasBegun: boolean }> {
  const args = ["run", "--quiet", "--no-config", "--no-lock", "-A", `npm:${SUITE}`, ...what];
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), DEADLINE_MS),
    mute = setTimeout(() => stop.abort(), FIRST_WORD_MS);
  const { signal } = stop;
  const child = new Deno.Command(Deno.execPath(), { args, signal, stdout: "piped", stderr: "piped" }).spawn();
  const onWord = () => clearTimeout(mute);
  const [{ success }, said, complained] = await Promise.all([
    child.status,
    textOf(child.stdout, onWord),
    textOf(child.stderr, onWord),
  ]);
  clearTimeout(late);
  clearTimeout(mute);
  const output = `${said}${complained}`;
  return { success, output, hasBegun: output !== "" || !signal.aborted };
}

/** All that comes; `onWord` is told of each piece. */
async function textOf(stream: ReadableStream<Uint8Array>, onWord: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const piece of stream) {
    onWord();
    text += decoder.decode(piece, { stream: true });
  }
  return text;
}

async function readChecks(folder: string): Promise<Pick<SuiteRun, "passed" | "failed">> {
  const passed = new Set<string>(), failed = new Map<string, string>();
  for await (const { name } of Deno.readDir(folder)) {
    const checks: readonly Check[] = JSON.parse(await Deno.readTextFile(`${folder}/${name}/checks.json`));
    for (const { id, status, errorMessage = status } of checks) {
      const key = `${scenarioIn(name)}/${id}`;
      if (status === "SUCCESS") passed.add(key);
      if (status === "FAILURE" || status === "WARNING") failed.set(key, errorMessage);
    }
  }
  // A check may be made many times in a scenario.
  for (const key of failed.keys()) passed.delete(key);
  return { passed, failed };
}

/** The suite names a folder `server-<scenario>-<time>`. */
function scenarioIn(folder: string): string {
  return folder.replace(/^server-/, "").replace(/-\d{4}-\d{2}-\d{2}T[\d-]+Z$/, "");
}
