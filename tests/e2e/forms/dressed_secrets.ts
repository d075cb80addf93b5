/** Secrets of the corpus in the dresses that the specification names, as arguments and as what a server sends. */

/** A line of `tests/corpora/positive/secrets.jsonl`. */
interface Line {
  readonly id: string;
  readonly text: string;
  readonly secret: string;
  readonly key?: string;
  readonly bare?: boolean;
}

/** One secret in one dress. */
export interface Dressed {
  readonly id: string;
  /** What it wears, or where it stands. */
  readonly dress: string;
  /** An argument; or all that a server does about a call. */
  readonly value: Record<string, unknown>;
  /** What nobody may ever read again: the secret's own letters, and the letters that it was dressed in. */
  readonly needles: readonly string[];
}

const CORPUS = new URL("../../corpora/positive/secrets.jsonl", import.meta.url);
const ZERO_WIDTH = "\u200b";
/** A shorter piece of a secret says nothing. */
const MIN_PIECE = 8;

/** At most `most` secrets for each id. The sign in them keeps the file from being taken for a leak. */
export function secretsOfCorpus(most: number): readonly Line[] {
  const counts = new Map<string, number>();
  return Deno.readTextFileSync(CORPUS).replaceAll("¦", "").trim().split("\n").map((line): Line =>
    JSON.parse(line)
  ).filter(({ id }) => {
    const count = (counts.get(id) ?? 0) + 1;
    counts.set(id, count);
    return count <= most;
  });
}

/** A dress made of texts, each of which is a block of content in a result. */
interface Written {
  readonly texts: readonly string[];
  /** What of it must not be read again, beside the secret's own letters. */
  readonly letters: readonly string[];
}

const WRITTEN: Readonly<Record<string, (line: Line) => Written>> = {
  "plain text": (line) => ({ texts: [whole(line)], letters: [] }),
  "a nested JSON string": (line) => ({
    texts: [JSON.stringify({ log: JSON.stringify({ line: whole(line) }) })],
    letters: [],
  }),
  "base64": (line) => ({ texts: [base64(whole(line))], letters: [base64(whole(line))] }),
  "percent-encoded": (line) => ({ texts: [percent(whole(line))], letters: [percent(line.secret)] }),
  "zero-width characters inside": ({ text, secret }) => ({
    texts: [text.replace("{S}", () => pierced(secret))],
    letters: [pierced(secret)],
  }),
  "cut over two blocks": ({ text, secret }) => {
    const [before = "", after = ""] = text.split("{S}"), middle = Math.floor(secret.length / 2);
    const head = secret.slice(0, middle), tail = secret.slice(middle);
    return { texts: [before + head, tail + after], letters: [head, tail] };
  },
};

/** As structured values. */
const BUILT: Readonly<Record<string, (line: Line) => Record<string, unknown>>> = {
  "a JSON value": (line) => ({ rows: [{ row: 7, value: line.bare === true ? line.secret : whole(line) }] }),
  "key and value": (line) => ({ settings: { [line.key ?? "line"]: line.key ? line.secret : whole(line) } }),
};

/** The dresses of one secret, as arguments of a call. */
export function asArguments(line: Line): readonly Dressed[] {
  return [
    ...Object.entries(WRITTEN).map(([dress, write]) => {
      const { texts, letters } = write(line), [note] = texts;
      return dressed(line, {
        dress,
        value: texts.length === 1 ? { note } : { content: blocks(texts) },
        letters,
      });
    }),
    ...Object.entries(BUILT).map(([dress, build]) =>
      dressed(line, { dress, value: build(line), letters: [] })
    ),
  ];
}

/** The dresses of one secret in a result, and its plain form in everything else that a server sends. */
export function asResults(line: Line): readonly Dressed[] {
  return [
    ...Object.entries(WRITTEN).map(([dress, write]) => {
      const { texts, letters } = write(line);
      return dressed(line, { dress, value: { result: { content: blocks(texts) } }, letters });
    }),
    ...Object.entries(BUILT).map(([dress, build]) => {
      const structuredContent = build(line);
      const result = { content: blocks([JSON.stringify(structuredContent)]), structuredContent };
      return dressed(line, { dress, value: { result }, letters: [] });
    }),
    ...Object.entries(placesOf(whole(line))).map(([dress, { letters = [], ...value }]) =>
      dressed(line, { dress, value, letters })
    ),
  ];
}

const DONE = { content: [{ type: "text", text: "done" }] };

interface Placed extends Record<string, unknown> {
  readonly letters?: readonly string[];
}

function placesOf(text: string): Readonly<Record<string, Placed>> {
  const uri = "file:///notes.txt", blob = base64(`notes: ${text}`);
  const resource = (inside: Record<string, unknown>) => ({
    result: { content: [{ type: "resource", resource: { uri, ...inside } }] },
  });
  return {
    "an embedded resource": resource({ text }),
    "a blob": { ...resource({ blob }), letters: [blob] },
    "a link's description": {
      result: { content: [{ type: "resource_link", uri, name: "notes", title: text, description: text }] },
    },
    "metadata": { result: { ...DONE, _meta: { "example.org/note": text } } },
    "an error": { error: { code: -32000, message: `failed: ${text}`, data: { seen: [text] } } },
    "a log message": {
      notices: [{ method: "notifications/message", params: { level: "info", data: { line: text } } }],
      result: DONE,
    },
    "a progress message": {
      notices: [{ method: "notifications/progress", params: { progress: 1, message: text } }],
      result: DONE,
    },
    "stderr": { complain: JSON.stringify({ line: text }), result: DONE },
    "stderr, line by line": { complain: text, result: DONE },
  };
}

type Worn = Pick<Dressed, "dress" | "value"> & { readonly letters: readonly string[] };

function dressed({ id, secret }: Line, { dress, value, letters }: Worn): Dressed {
  const needles = [secret, ...letters].map(longestLine).filter((needle) => needle.length >= MIN_PIECE);
  return { id, dress, value, needles: [...new Set(needles)] };
}

/** A secret of many lines is many lines in a file, and has escapes in JSON: its longest line is the same in both. */
function longestLine(text: string): string {
  return text.split(/[\r\n"\\]+/).reduce((a, b) => a.length >= b.length ? a : b);
}

function whole({ text, secret }: Line): string {
  return text.replace("{S}", () => secret);
}

function blocks(texts: readonly string[]) {
  return texts.map((text) => ({ type: "text", text }));
}

function pierced(text: string): string {
  return text.replace(/...(?=.)/g, `$&${ZERO_WIDTH}`);
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}

function percent(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(
    "",
  );
}
