/**
 * What a client saw in a session, as text that two runs can be compared by. What differs from run to run for reasons of
 * its own (times, random ids, the temporary folder) gets a stable name; nothing else is touched.
 */

import { within } from "./deadline.ts";

/** One kind of text that differs from run to run, and what stands for it. */
export interface Varying {
  readonly pattern: RegExp;
  /** A word, or what makes one of the text found. */
  readonly name: string | ((found: string) => string);
  /** The word gets a number by first appearance, so that equal stays equal and different stays different. */
  readonly numbered?: boolean;
  /** Only in the value of this member. */
  readonly key?: string;
}

const VARYING: readonly Varying[] = [
  { pattern: /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g, name: "uuid", numbered: true },
  { pattern: /\b[0-9a-f]{32}\b/g, name: "hex", numbered: true },
  { pattern: /\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/g, name: "<time>" },
  { pattern: /\b\d{1,2}:\d{2}:\d{2}\s[AP]M\b/g, name: "<clock>" },
  {
    pattern: /\b[A-Z][a-z]{2} [A-Z][a-z]{2} \d{2} \d{4} \d{2}:\d{2}:\d{2} GMT[+-]\d{4} \([^)]*\)/g,
    name: "<date>",
  },
];

export class Transcript {
  readonly #varying: readonly Varying[];
  readonly #names = new Map<string, string>();
  readonly #lines: string[] = [];
  readonly #watchers = new Set<(message: unknown) => void>();

  constructor(varying: readonly Varying[] = []) {
    this.#varying = [...varying, ...VARYING];
  }

  /** A message that reached the client. */
  received(message: unknown): void {
    this.#lines.push(`<- ${this.#stable(withoutForeignIds(message))}`);
    for (const watcher of this.#watchers) watcher(message);
  }

  /** What a call of the client's own interface came to. */
  note(name: string, outcome: unknown): void {
    this.#lines.push(`== ${this.#stableText("", name)}: ${this.#stable(outcome)}`);
  }

  /**
   * Does `action` and waits until a message that holds all of `words` has come after its beginning. For what a server
   * sends of its own accord.
   */
  async until(
    words: readonly string[],
    action: () => Promise<unknown> = () => Promise.resolve(),
  ): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const watcher = (message: unknown) => {
      const text = JSON.stringify(message);
      if (words.every((word) => text.includes(word))) resolve();
    };
    this.#watchers.add(watcher);
    await action();
    await within(promise, {
      what: `a message with ${words.join(", ")}`,
      detail: () => this.text.slice(-3000),
    });
    this.#watchers.delete(watcher);
  }

  /** The whole session, one event a line. */
  get text(): string {
    return this.#lines.join("\n");
  }

  #stable(value: unknown): string {
    return JSON.stringify(
      value,
      (key, item) => typeof item === "string" ? this.#stableText(key, item) : item,
    );
  }

  #stableText(key: string, text: string): string {
    const readable = key === "blob" || key === "data" ? decodedIfText(text) : text;
    const here = this.#varying.filter((varying) => varying.key === undefined || varying.key === key);
    return here.reduce((result, { pattern, name, numbered }) => {
      const steady = (found: string) => typeof name === "function" ? name(found) : name;
      return result.replace(
        pattern,
        (found) => numbered ? this.#numbered(steady(found), found) : steady(found),
      );
    }, readable);
  }

  #numbered(name: string, found: string): string {
    const known = this.#names.get(found);
    if (known !== undefined) return known;
    const made = `<${name}-${this.#names.size + 1}>`;
    this.#names.set(found, made);
    return made;
  }
}

/**
 * The sender of a request chooses its id and its progress token. Between two hops those are not the same ones, and they
 * mean nothing to the client but "send this back".
 */
function withoutForeignIds(message: unknown): unknown {
  const { method, id, params } = message as { method?: string; id?: unknown; params?: { _meta?: object } };
  if (method === undefined || id === undefined) return message;
  const meta = { ...params?._meta, progressToken: "<token of the asker>" };
  const asked = params?._meta === undefined ? params : { ...params, _meta: meta };
  return {
    ...(message as object),
    id: "<id of the asker>",
    ...(asked === undefined ? {} : { params: asked }),
  };
}

/** Base64 that holds plain text shows it: a time inside of it must be seen to be named. */
function decodedIfText(text: string): string {
  try {
    const decoded = atob(text);
    return /^[\x20-\x7e\s]+$/.test(decoded) ? `base64 of: ${decoded}` : text;
  } catch {
    return text;
  }
}

/** Fails at the first line where two clients saw different things, and shows just that place. */
export function assertSameView(seen: Transcript, expected: Transcript): void {
  assertSameLines(seen.text.split("\n"), expected.text.split("\n"));
}

/**
 * As {@link assertSameView}, for transports on which messages come over many streams at once: the steps came to the same,
 * one after the other, and the same messages reached both clients in any order. `repeats`: some may have come more often
 * than others. The SDK of the legacy era asks for streams again that have ended well, and a server then says everything
 * twice; we do not ask.
 */
export function assertSameFacts(
  seen: Transcript,
  expected: Transcript,
  { repeats = false }: { readonly repeats?: boolean } = {},
): void {
  const steps = (text: string) => text.split("\n").filter((line) => !line.startsWith("<-"));
  // A client looks for the era before anybody else hears what its transport gets.
  const isMessage = (line: string) => line.startsWith("<-") && !line.includes("server-discover-probe");
  const all = (text: string) => text.split("\n").filter(isMessage).sort();
  const messages = (text: string) => repeats ? [...new Set(all(text))] : all(text);
  assertSameLines(steps(seen.text), steps(expected.text));
  assertSameLines(messages(seen.text), messages(expected.text));
}

function assertSameLines(ours: readonly string[], theirs: readonly string[]): void {
  const at = theirs.findIndex((line, index) => line !== ours[index]);
  if (at < 0 && ours.length === theirs.length) return;
  const line = at < 0 ? theirs.length : at;
  const before = theirs.slice(Math.max(0, line - 2), line).map((text) => `    ${text.slice(0, 200)}`).join(
    "\n",
  );
  const [expectedHere, seenHere] = fromDifference(theirs[line] ?? "(the end)", ours[line] ?? "(the end)");
  throw new Error(
    `The view differs at line ${line + 1}\n${before}\n  expected ${expectedHere}\n  but saw  ${seenHere}`,
  );
}

/** Both texts, cut to the place where they begin to differ. */
function fromDifference(a: string, b: string): readonly [string, string] {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  const start = Math.max(0, at - 60);
  const cut = (text: string) => `${start > 0 ? `${text.slice(0, 40)} … ` : ""}${text.slice(start, at + 300)}`;
  return [cut(a), cut(b)];
}
