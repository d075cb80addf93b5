/**
 * A mask can break what a tool promised about its structured results. The official clients throw then, and the model
 * would never learn why: so such a result reaches them as an error of the tool, in either era.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { finish } from "./forms/policy_run.ts";
import { assertVerifies, type Box, fixture, type Launch, openBox, within } from "./harness.ts";
import { newLegacyClient, recordingStdio } from "./harness/legacy_client.ts";
import { ModernSession } from "./harness/modern_session.ts";
import { Transcript } from "./harness/transcript.ts";

/** Put together here, so that no scanner of source code takes this file for a leak. */
const SECRET = ["AKIA", "Z7QK3M5TW2XR8N4P"].join("");
const MASK = "[REDACTED:aws-access-key]";

interface Row {
  readonly name: string;
  /** What is promised of the member `key`. */
  readonly promised: unknown;
  readonly fits: boolean;
}

const ROWS: readonly Row[] = [
  { name: "any string", promised: { type: "string" }, fits: true },
  { name: "an enum", promised: { type: "string", enum: ["a", "b"] }, fits: false },
  { name: "a pattern", promised: { type: "string", pattern: "^[A-Z0-9]+$" }, fits: false },
  { name: "a length", promised: { type: "string", maxLength: 20 }, fits: false },
  {
    name: "a format",
    promised: { anyOf: [{ format: "ipv4" }, { minLength: 20, maxLength: 20 }] },
    fits: false,
  },
  { name: "a pattern that never ends", promised: { type: "string", pattern: "^([A-Z0-9]+)+$" }, fits: false },
];

const TOOLS = ROWS.map(({ promised }, n) => ({
  name: `give-${n}`,
  inputSchema: { type: "object" },
  outputSchema: { type: "object", properties: { key: promised }, required: ["key"] },
}));

function launch(box: Box): Launch {
  const structuredContent = { key: SECRET };
  const result = {
    resultType: "complete",
    content: [{ type: "text", text: JSON.stringify(structuredContent) }],
    structuredContent,
  };
  Deno.writeTextFileSync(box.path("planted"), ROWS.map(() => JSON.stringify({ result })).join("\n"));
  const env = {
    E2E_PLANTED_FILE: box.path("planted"),
    E2E_RECEIVED: box.path("received"),
    E2E_TOOLS: JSON.stringify(TOOLS),
  };
  return box.proxied(fixture("planting_upstream.ts"), { env });
}

/** A client of the SDK, as far as this test needs it. */
interface Client {
  // deno-lint-ignore no-explicit-any -- the SDKs name their results differently
  call(name: string): Promise<any>;
  close(): Promise<void>;
}

async function modern(box: Box, era: "modern" | "legacy"): Promise<Client> {
  const session = await ModernSession.connect(launch(box), era);
  await session.client.listTools();
  return { call: (name) => session.client.callTool({ name, arguments: {} }), close: () => session.close() };
}

async function legacy(box: Box): Promise<Client> {
  const { client } = newLegacyClient({});
  await within(client.connect(recordingStdio(launch(box), new Transcript())), {
    what: "the client to connect",
  });
  await client.listTools();
  return { call: (name) => client.callTool({ name, arguments: {} }), close: () => client.close() };
}

const CLIENTS: Readonly<Record<string, (box: Box) => Promise<Client>>> = {
  "SDK v1": legacy,
  "SDK v2 in the legacy era": (box) => modern(box, "legacy"),
  "SDK v2 in the modern era": (box) => modern(box, "modern"),
};

for (const [client, connect] of Object.entries(CLIENTS)) {
  Deno.test(`a masked result that breaks what its tool promised is withheld, and ${client} reads why`, async (t) => {
    await using box = await openBox();
    const { call, close } = await connect(box);
    for (const [n, { name, fits }] of ROWS.entries()) {
      await t.step(name, async () => {
        const { isError = false, content, structuredContent } = await call(`give-${n}`);
        assertEquals(isError, !fits);
        if (fits) return assertEquals(structuredContent, { key: MASK });
        assertEquals(structuredContent, undefined);
        assertStringIncludes(content[0].text, "Refused by policy");
      });
    }
    await close();
    const outcomes = (await assertVerifies(box, ["intact", "intact-open"])).filter(({ kind, tool }) =>
      kind === "outcome" && tool?.startsWith("give-")
    );
    assert(outcomes.every(({ reason }) => reason === "dlp:aws-access-key"));
    assertEquals(
      outcomes.map(({ verdict }) => verdict),
      ROWS.map(({ fits }) => fits ? "redact" : "withhold"),
    );
  });
}

Deno.test("a schema that takes for ever to hold a result against costs that result, and not the session", async () => {
  await using box = await openBox();
  const tools = [{
    name: "give-0",
    inputSchema: { type: "object" },
    outputSchema: { type: "object", properties: { key: { pattern: "^.*.*.*.*.*.*.*.*\\u0001$" } } },
  }];
  const structuredContent = { key: `${"ab".repeat(5_000)} ${SECRET}` };
  const harmless = { content: [{ type: "text", text: "still here" }] };
  const results = [{ content: [], structuredContent }, harmless];
  Deno.writeTextFileSync(box.path("planted"), results.map((result) => JSON.stringify({ result })).join("\n"));
  const env = {
    E2E_PLANTED_FILE: box.path("planted"),
    E2E_RECEIVED: box.path("received"),
    E2E_TOOLS: JSON.stringify(tools),
  };
  const client = box.start(box.proxied(fixture("planting_upstream.ts"), { env }));
  await client.initialize();
  await client.request("tools/list");
  const replies = await Promise.all([client.call("give-0"), client.call("give-1"), client.call("give-0")]);
  const fates = replies.map(({ result }) => result._meta?.["dev.countersign/verdict"]?.reason ?? "went");
  assertEquals(fates, ["fault:scan", "went", "fault:scan"]);
  await finish(client);
});
