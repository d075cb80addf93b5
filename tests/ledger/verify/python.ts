/** The second verifier, scripts/verify_ledger.py, as a process that answers one question after the other. */
const SCRIPT = new URL("../../../scripts/verify_ledger.py", import.meta.url).pathname;
const HINT = "these tests need Python 3.9 or newer with the package cryptography: " +
  "apt-get install python3-cryptography, or: pip install cryptography";

/** What is asked: a vector's text, or what the command line of the script takes. */
export type Question = { readonly vector: string } | {
  readonly path: string;
  readonly public_keys?: readonly string[];
  readonly checkpoints?: readonly string[];
  readonly policy?: string;
};

/** What it answers, as far as the tests look at it. */
export interface Answer {
  readonly status: string;
  readonly entries?: number;
  readonly root?: string;
  readonly key?: string;
  readonly finding?: { readonly seq: number; readonly check: string };
  readonly [field: string]: unknown;
}

/** Starts it. Throws, and says how to install it, where it cannot run: without it half of these tests prove nothing. */
export async function startPython(): Promise<PythonVerifier> {
  const python = new PythonVerifier();
  const { status } = await python.ask({ path: "/nowhere/at/all" });
  if (status !== "usage") {
    throw new Error(`the second verifier answers "${status}" for a path where nothing is`);
  }
  return python;
}

export class PythonVerifier {
  readonly #child = spawn();
  readonly #writer = this.#child.stdin.getWriter();
  readonly #lines = this.#child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  #rest = "";

  async ask(question: Question): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(question)}\n`)).catch(() => {
      throw new Error(`the second verifier has ended; ${HINT}`);
    });
    for (let end = this.#rest.indexOf("\n"); end < 0; end = this.#rest.indexOf("\n")) {
      const { value, done } = await this.#lines.read();
      if (done) throw new Error(`the second verifier has ended without an answer; ${HINT}`);
      this.#rest += value;
    }
    const end = this.#rest.indexOf("\n");
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return JSON.parse(line) as Answer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {});
    await this.#lines.cancel();
    await this.#child.status;
  }
}

function spawn(): Deno.ChildProcess {
  try {
    return new Deno.Command("python3", {
      args: [SCRIPT, "--serve"],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
      env: { PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" },
    }).spawn();
  } catch (cause) {
    throw new Error(HINT, { cause });
  }
}
