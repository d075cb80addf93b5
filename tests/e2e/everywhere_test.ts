/**
 * The promise that a secret never appears, over all surfaces at once: every kind of secret that the scanner knows, in
 * every dress, on its way out and on its way back. One firewall sees them all, and afterwards none of them is anywhere.
 */
import { assert, assertEquals } from "@std/assert";
import { SCAN_DETECTOR_IDS } from "../../lib/scan/mod.ts";
import { asArguments, asResults, type Dressed, secretsOfCorpus } from "./forms/dressed_secrets.ts";
import { assertVerifies, type Box, type Entry, fixture, type LineClient, openBox, poll } from "./harness.ts";

/** Looked for, and found: so that a search which finds nothing is not one that finds nothing ever. */
const HARMLESS = "harbour-lights-at-dawn";
const AT_ONCE = 64;
const OPTIONS = { config: '[scan.overrides.email]\nrequests = "block"\nresults = "redact"' };

interface Seen {
  readonly outgoing: readonly Dressed[];
  readonly incoming: readonly Dressed[];
  readonly client: LineClient;
  readonly entries: readonly Entry[];
  /** The ledger's files while the firewall ran: what is committed may stand in a log beside the database. */
  readonly files: Texts;
}

/** Texts, by where they stand. */
type Texts = readonly (readonly [where: string, text: string])[];

for (const record of ["metadata", "full"] as const) {
  const how = record === "full" ? ", nor in what is recorded in full" : "";
  Deno.test(`no secret gets past in any dress, and none is anywhere afterwards${how}`, (t) =>
    lookAround(t, record));
}

async function lookAround(t: Deno.TestContext, record: "metadata" | "full"): Promise<void> {
  await using box = await openBox();
  const seen = await everythingThrough(box, record);
  await t.step("each is found, by its own id", () => {
    assertEquals(new Set(seen.outgoing.map(({ id }) => id)), new Set<string>(SCAN_DETECTOR_IDS));
    assertEquals(missedOf(seen), []);
  });
  await t.step("what is harmless arrives", () => {
    for (const [where, text] of surfaces(box, seen)) {
      assertEquals([where, text.includes(HARMLESS)], [where, true]);
    }
  });
  const needles = needlesOf([...seen.outgoing, ...seen.incoming]);
  for (const [where, text] of [...surfaces(box, seen), ...seen.files, ...(await ledgerTexts(box))]) {
    await t.step(`none is in ${where}`, () => {
      assertEquals([...needles].filter(([needle]) => text.includes(needle)).map(([, dress]) => dress), []);
    });
  }
}

/** Sends every secret out in every dress, and has the server send each in every dress and place. */
async function everythingThrough(box: Box, record: "metadata" | "full"): Promise<Seen> {
  const lines = secretsOfCorpus(1);
  const outgoing = lines.flatMap(asArguments), incoming = lines.flatMap(asResults);
  const planted = incoming.map(({ value }) => JSON.stringify(value));
  const harmless = { result: { content: [{ type: "text", text: HARMLESS }] }, complain: HARMLESS };
  Deno.writeTextFileSync(box.path("planted"), [...planted, JSON.stringify(harmless)].join("\n"));
  const env = { E2E_PLANTED_FILE: box.path("planted"), E2E_RECEIVED: box.path("received") };
  const launch = box.proxied(fixture("planting_upstream.ts"), { ...OPTIONS, env });
  const config = Deno.readTextFileSync(box.configPath);
  Deno.writeTextFileSync(box.configPath, config.replace("[ledger]\n", `[ledger]\nrecord = "${record}"\n`));
  const client = box.start(launch);
  await client.initialize();
  await client.call(`give-${incoming.length}`, { note: HARMLESS });
  await poll(() => client.stderr.includes(HARMLESS) || undefined, { what: "the server's complaint" });
  await inCrowds(
    outgoing,
    ({ value }, n) => client.request("tools/call", { name: `take-${n}`, arguments: value }),
  );
  const meta = (n: number) => ({ _meta: { progressToken: `p${n}` } });
  await inCrowds(
    incoming,
    (_, n) => client.request("tools/call", { name: `give-${n}`, arguments: {}, ...meta(n) }),
  );
  const files = filesOf(box, "while it runs");
  assertEquals(files.some(([, text]) => text.includes(HARMLESS)), record === "full");
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr.slice(-2_000));
  return { outgoing, incoming, client, files, entries: await assertVerifies(box) };
}

/** So many at once that it is quick, and so few that no queue is what is measured. */
async function inCrowds<T>(all: readonly T[], send: (one: T, n: number) => Promise<unknown>): Promise<void> {
  for (let from = 0; from < all.length; from += AT_ONCE) {
    await Promise.all(all.slice(from, from + AT_ONCE).map((one, at) => send(one, from + at)));
  }
}

/** Those that went through, or whose finding is not recorded by its id. */
function missedOf({ outgoing, incoming, entries }: Seen): string[] {
  const calls = new Map(entries.filter(({ kind }) => kind === "call").map((entry) => [entry.tool, entry]));
  const outcomes = new Map(
    entries.filter(({ kind }) => kind === "outcome").map((entry) => [entry.tool, entry]),
  );
  const told = new Set(entries.filter(({ form }) => form === "notice").flatMap(idsIn));
  const out = outgoing.filter(({ id }, n) => {
    const entry = calls.get(`take-${n}`);
    return entry?.verdict !== "refuse" || !idsIn(entry).includes(id);
  });
  const back = incoming.filter(({ id, dress }, n) => {
    if (dress.startsWith("stderr")) return false; // no message, and no entry: what counts is that it is nowhere
    if (dress.endsWith("message")) return !told.has(id);
    const entry = outcomes.get(`give-${n}`);
    return !["redact", "withhold"].includes(entry?.verdict ?? "") || !idsIn(entry).includes(id);
  });
  return [...out.map(nameOf("an argument")), ...back.map(nameOf("a result"))];
}

function idsIn(entry: Entry | undefined): string[] {
  return (entry?.findings ?? []).map(({ id }) => id);
}

function nameOf(way: string): (one: Dressed) => string {
  return ({ id, dress }) => `${id}, ${dress}, in ${way}`;
}

/** What must not be found, and what it is of. */
function needlesOf(all: readonly Dressed[]): ReadonlyMap<string, string> {
  return new Map(
    all.flatMap(({ id, dress, needles }) => needles.map((needle) => [needle, `${id}, ${dress}`])),
  );
}

/** Where a text of either side arrives. */
function surfaces(box: Box, { client }: Seen): Texts {
  return [
    ["the upstream's input", Deno.readTextFileSync(box.path("received"))],
    ["the client's input", client.lines.join("\n")],
    ["stderr", client.stderr],
  ];
}

async function ledgerTexts(box: Box): Promise<Texts> {
  const { stdout } = await box.command(["audit", "--json", "-n", "1000000", "--config", box.configPath]);
  assert(stdout.includes("give-0"));
  return [...filesOf(box, "afterwards"), ["audit --json", stdout]];
}

/** The bytes of every file of the ledger, as they are. */
function filesOf(box: Box, when: string): Texts {
  const files = filesUnder(box.ledgerPath).map((path) => {
    const text = new TextDecoder("latin1").decode(Deno.readFileSync(path));
    return [`${path.slice(box.ledgerPath.length + 1)} ${when}`, text] as const;
  });
  assert(
    files.some(([, text]) => text.includes("give-0")),
    "entries are not to be read in the ledger's files",
  );
  return files;
}

function filesUnder(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesUnder(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}
