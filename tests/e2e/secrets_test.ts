/**
 * A secret is stopped on its way out and masked on its way back, in every kind of content, and the value itself is
 * nowhere: not at the upstream, not at the client, not in the ledger's files, not on stderr, not in what `audit` prints.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  assertVerifies,
  audit,
  type Box,
  fixture,
  type LineClient,
  openBox,
  type Received,
} from "./harness.ts";

/** Put together here, so that no scanner of source code takes this file for a leak. */
const SECRET = ["AKIA", "Z7QK3M5TW2XR8N4P"].join("");
const ID = "aws-access-key";

/** All places where a value could have been left: what the client got, stderr, the ledger's files, `audit --json`. */
async function assertNowhere(box: Box, client: LineClient): Promise<void> {
  assert(!client.lines.join("\n").includes(SECRET), "the client got the value");
  assert(!client.stderr.includes(SECRET), "the value is on stderr");
  for (const path of filesUnder(box.ledgerPath)) {
    assert(
      !new TextDecoder("latin1").decode(Deno.readFileSync(path)).includes(SECRET),
      `the value is in ${path}`,
    );
  }
  assert(!JSON.stringify(await audit(box)).includes(SECRET), "`audit --json` prints the value");
}

function filesUnder(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? filesUnder(`${folder}/${name}`) : [`${folder}/${name}`]
  );
}

async function end(client: LineClient): Promise<void> {
  await client.closeInput();
  assertEquals((await client.exited()).code, 0, client.stderr);
}

/** Ways by which a secret tries to leave. */
const WAYS_OUT: readonly {
  readonly name: string;
  readonly method: string;
  readonly params: Record<string, unknown>;
}[] = [
  { name: "an argument", method: "tools/call", params: { name: "t1", arguments: { a: SECRET } } },
  {
    name: "deep in the arguments",
    method: "tools/call",
    params: { name: "t2", arguments: { a: [{ b: `x ${SECRET} y` }] } },
  },
  { name: "an argument's name", method: "tools/call", params: { name: "t3", arguments: { [SECRET]: 1 } } },
  {
    name: "the metadata",
    method: "tools/call",
    params: { name: "t4", arguments: {}, _meta: { "example.org/x": SECRET } },
  },
  { name: "a URI", method: "resources/read", params: { uri: `https://example.org/?key=${SECRET}` } },
  { name: "a tool's name", method: "tools/call", params: { name: SECRET, arguments: {} } },
  { name: "a prompt's name", method: "prompts/get", params: { name: SECRET } },
  { name: "a method's name", method: `x/${SECRET}`, params: {} },
  { name: "a prompt's argument", method: "prompts/get", params: { name: "p", arguments: { a: SECRET } } },
  {
    name: "a completion",
    method: "completion/complete",
    params: { ref: { type: "ref/prompt", name: "p" }, argument: { name: "a", value: SECRET } },
  },
  { name: "a method of nobody's", method: "x/unknown", params: { a: SECRET } },
];

Deno.test("a secret on its way out stops the call, whatever it hides in, and is recorded by its kind alone", async (t) => {
  await using box = await openBox();
  const received = box.path("received");
  const client = box.start(box.proxied(fixture("counting_upstream.ts"), { env: { E2E_RECEIVED: received } }));
  await client.initialize();
  for (const { name, method, params } of WAYS_OUT) {
    await t.step(name, async () => {
      const { result, error } = await client.request(method, params);
      const verdict = error?.data ?? result?._meta?.["dev.countersign/verdict"];
      assertEquals([verdict?.verdict, verdict?.reason], ["refuse", `dlp:${ID}`]);
    });
  }
  await t.step("a notice", async () => {
    await client.send({ method: "notifications/x-told", params: { a: SECRET } });
    await client.call("after");
  });
  await end(client);
  assert(!Deno.readTextFileSync(received).includes(SECRET), "the upstream received the value");
  const refused = (await assertVerifies(box)).filter(({ verdict }) => verdict === "refuse");
  assertEquals(refused.length, WAYS_OUT.length + 1, "each has an entry");
  for (const { findings } of refused) assertEquals(findings?.map(({ id }) => id), [ID]);
  await assertNowhere(box, client);
});

/** Tools of the echo upstream that bring the planted secret back, each in another kind of content. */
const WAYS_BACK = [
  "planted-text",
  "planted-structured",
  "planted-resource",
  "planted-link",
  "planted-error",
  "planted-log",
] as const;

function masked(reply: Received): boolean {
  return JSON.stringify(reply.result ?? reply.error).includes(`[REDACTED:${ID}]`);
}

Deno.test("a secret on its way back is masked in place, in every kind of content, the rest intact", async (t) => {
  await using box = await openBox();
  const env = { E2E_PLANTED: JSON.stringify({ value: SECRET }) };
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env }));
  await client.initialize();
  for (const tool of WAYS_BACK) {
    await t.step(tool, async () => {
      const reply = await client.call(tool);
      if (tool !== "planted-log") assert(masked(reply), JSON.stringify(reply));
    });
  }
  const [text] = client.messages.filter(({ result }) => result?.content?.[0]?.text?.startsWith("before"));
  assertEquals(text?.result.content[0].text, `before [REDACTED:${ID}] after`);
  const structured = client.messages.find(({ result }) => result?.structuredContent !== undefined)?.result;
  assertEquals(structured.structuredContent.user, "ada");
  assertEquals(structured.structuredContent.deep, { list: [`[REDACTED:${ID}]`] });
  assertEquals(JSON.parse(structured.content[0].text), structured.structuredContent);
  const notice = client.messages.find(({ method }) => method === "notifications/message");
  assertStringIncludes(notice?.params.data, `[REDACTED:${ID}]`);
  await end(client);
  assertStringIncludes(client.stderr, `the upstream used [REDACTED:${ID}]`);
  const outcomes = (await assertVerifies(box)).filter(({ kind, tool }) =>
    kind === "outcome" && tool?.startsWith("planted")
  );
  const verdicts = outcomes.filter(({ tool }) => tool !== "planted-log").map(({ verdict }) => verdict);
  assertEquals(verdicts, Array(WAYS_BACK.length - 1).fill("redact"));
  await assertNowhere(box, client);
});

Deno.test("a secret in what the server asks of the client is masked or refused, never shown", async () => {
  await using box = await openBox();
  const env = { E2E_PLANTED: JSON.stringify({ value: SECRET }) };
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env }));
  await client.initialize("2025-11-25", { sampling: {}, elicitation: {}, roots: {} });
  const asking = client.call("planted-question");
  const question = client.next(({ method }) => method === "sampling/createMessage", "the question");
  // Where it is refused there is no question, and the call ends without one.
  question.catch(() => undefined);
  const first = await Promise.race([asking, question]);
  if (first.method !== undefined) {
    await client.send({ id: first.id, result: { role: "assistant", model: "m", content: [] } });
  }
  await asking;
  await end(client);
  await assertNowhere(box, client);
  await assertVerifies(box);
});

Deno.test("a secret in the client's answer to a server's question does not reach the upstream", async () => {
  await using box = await openBox();
  const client = box.start(box.proxied(fixture("echo_upstream.ts")));
  await client.initialize("2025-11-25", { elicitation: {} });
  const asking = client.call("ask-client", {
    method: "elicitation/create",
    params: { message: "your key?" },
  });
  const { id } = await client.next(({ method }) => method === "elicitation/create", "the question");
  await client.send({ id, result: { action: "accept", content: { key: SECRET } } });
  // The upstream says back what it was told, and the way back would mask it: so look for what it cannot have known.
  const reply = await asking;
  assert(!JSON.stringify(reply).includes("REDACTED"), `the upstream was told: ${JSON.stringify(reply)}`);
  await end(client);
  await assertNowhere(box, client);
  await assertVerifies(box);
});

Deno.test("a secret in a blob that decodes to text does not come back in it", async () => {
  await using box = await openBox();
  const env = { E2E_PLANTED: JSON.stringify({ value: SECRET }) };
  const client = box.start(box.proxied(fixture("echo_upstream.ts"), { env }));
  await client.initialize();
  const { result } = await client.call("planted-blob");
  const blob = result?.content?.[0]?.resource?.blob;
  assert(typeof blob !== "string" || !atob(blob).includes(SECRET), "the client got the value, in base64");
  await end(client);
  await assertNowhere(box, client);
});
