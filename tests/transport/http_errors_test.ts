/** What is told of an upstream that fails: its origin, and nothing else of its address, its headers or its own words. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { HttpUpstream, upstreamAddress } from "../../lib/transport/mod.ts";
import {
  INITIALIZE,
  initializeResult,
  json,
  line,
  META,
  nextOf,
  type Script,
  stream,
  withUpstream,
} from "./http_upstream_kit.ts";

/** In the query of the address, in a header of the operator's, and in what the upstream says. */
const SECRETS = ["hush", "s3cret", "/mcp", "whisper", "elsewhere"] as const;
const HEADERS = { authorization: "Bearer s3cret" };
const CALL = line({ id: 7, method: "tools/call", params: { name: "echo", arguments: {}, _meta: META } });
const WORDS = "whisper: key=hush Bearer s3cret";

function assertTellsNothing(text: string): void {
  for (const secret of SECRETS) assert(!text.includes(secret), `${secret} is told: ${text}`);
}

const status = (code: number, headers: Record<string, string> = {}): Script => () =>
  new Response(WORDS, { status: code, headers: { "content-type": "text/plain", ...headers } });

const ROWS: readonly (readonly [name: string, script: Script, want: string])[] = [
  ["400", status(400), "answered with an error (HTTP 400)"],
  [
    "401",
    status(401),
    'asks for an authorization (HTTP 401): write it into the configuration, Authorization = "Bearer ${TOKEN}" under [server.headers], or [servers.NAME.headers] of a gateway',
  ],
  [
    "403",
    status(403),
    "does not allow this (HTTP 403): look at the authorization in the configuration, under [server.headers], or [servers.NAME.headers] of a gateway",
  ],
  ["404", status(404), "is not there (HTTP 404)"],
  ["413", status(413), "takes no message of this size (HTTP 413)"],
  ["429", status(429, { "retry-after": "whisper" }), "has had too many requests (HTTP 429)"],
  ["500", status(500), "answered with an error (HTTP 500)"],
  ["503", status(503), "is not available (HTTP 503)"],
  ["500 with a page in JSON that is no error", () => json({ said: WORDS }, { status: 500 }), "(HTTP 500)"],
  [
    "a redirect to another origin",
    status(307, { location: "https://user:whisper@elsewhere.example/x?key=hush" }),
    "redirects to another origin",
  ],
  ["a redirect to nowhere", status(308, { location: "http://[whisper" }), "redirects to another origin"],
  [
    "a redirect that loses the body",
    status(302, { location: "/whisper" }),
    "redirects (HTTP 302), which a call cannot follow",
  ],
  ["a redirect without end", status(307, { location: "/mcp?whisper" }), "redirects without end"],
  ["nothing", () => new Response(null, { status: 200 }), "gave no reply (HTTP 200)"],
  ["a page", status(200), "gave no reply (HTTP 200)"],
  ["a stream without the reply", () => stream(`: ${WORDS}\n\n`), "gave no reply (HTTP 200)"],
  [
    "an event that is too long",
    () => stream(`data: "${"whisper".repeat(2_000)}"\n\n`),
    "gave no reply (HTTP 200, a message over the cap)",
  ],
  [
    "a body that is too long",
    () => json({ jsonrpc: "2.0", id: 7, result: { said: "whisper".repeat(2_000) } }),
    "gave no reply (HTTP 200, a message over the cap)",
  ],
];

for (const [name, script, want] of ROWS) {
  Deno.test(`an upstream that answers with ${name} is told of by its origin alone`, async () => {
    await withUpstream(script, async ({ link, next, origin, logged }) => {
      link.write(CALL);
      let message = await next();
      // What was too long is written down as a message that is none, before the call has its answer.
      if ("malformed" in message) message = await next();
      const { id, error } = message as { id: unknown; error: { message: string } };
      assertEquals(id, 7);
      assertStringIncludes(error.message, `The MCP server at ${origin} ${want.startsWith("(") ? "" : want}`);
      assertStringIncludes(error.message, want);
      assertTellsNothing(`${JSON.stringify(message)}\n${logged.join("\n")}`);
    }, HEADERS);
  });
}

const ELSEWHERE: readonly (readonly [name: string, url: (port: number) => string, want: string])[] = [
  ["is not there", () => "http://127.0.0.1:9/mcp?key=hush", "cannot be reached"],
  ["has no such name", () => "http://whisper.invalid/mcp?key=hush", "cannot be reached"],
  ["speaks no TLS", (port) => `https://127.0.0.1:${port}/mcp?key=hush`, "cannot be reached"],
];

for (const [name, url, want] of ELSEWHERE) {
  Deno.test(`an upstream that ${name} is told of by its origin alone`, async () => {
    await withUpstream(status(200), async ({ origin: there }) => {
      const address = upstreamAddress(url(Number(new URL(there).port)));
      if (!address.ok) throw new Error(address.error);
      const logged: string[] = [], { origin } = address.value;
      const log = (told: string) => void logged.push(told);
      const link = new HttpUpstream({ address: address.value, headers: HEADERS, maxFrameBytes: 4096, log });
      const next = nextOf(link);
      link.write(CALL);
      const { error } = await next() as { error?: { message?: string } };
      assertEquals(error?.message, `The MCP server at ${origin} ${want}`);
      link.write(line({ method: "notifications/progress", params: {} }));
      await link.flushed();
      await link.end();
      const told = logged.join("\n");
      assertStringIncludes(told, `The MCP server at ${origin} ${want}`);
      assertTellsNothing(`${error?.message}\n${told}`.replaceAll(origin, ""));
    });
  });
}

Deno.test("a notice that an upstream does not take is told of by its status alone", async () => {
  await withUpstream(status(500), async ({ link, logged }) => {
    link.write(line({ method: "notifications/progress", params: {} }));
    await link.flushed();
    assertEquals(logged, ["the MCP server did not take a message: HTTP 500"]);
  }, HEADERS);
});

const CHALLENGE = 'Bearer resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource"';

for (const code of [401, 403] as const) {
  Deno.test(`the challenge of a ${code} comes with the reply, whether the upstream has words of its own or not`, async () => {
    const header = { "www-authenticate": CHALLENGE };
    const error = { jsonrpc: "2.0", id: null, error: { code: -32001, message: "who are you?" } };
    for (const script of [status(code, header), () => json(error, { status: code, headers: header })]) {
      await withUpstream(script, async ({ link, batch }) => {
        link.write(CALL);
        const { incoming, challenge } = await batch();
        assertEquals(challenge, { status: code, value: CHALLENGE });
        assert(incoming.kind === "reply" && incoming.error !== undefined);
      });
    }
  });
}

Deno.test("what is no challenge is none: a broken header, another status, a stream", async () => {
  const scripts: readonly Script[] = [
    status(401, { "www-authenticate": 'Bearer realm="open' }),
    status(401),
    status(500, { "www-authenticate": CHALLENGE }),
    () => json({ jsonrpc: "2.0", id: 7, result: {} }, { headers: { "www-authenticate": CHALLENGE } }),
  ];
  for (const script of scripts) {
    await withUpstream(script, async ({ link, batch }) => {
      link.write(CALL);
      assertEquals((await batch()).challenge, undefined);
    });
  }
});

Deno.test("an attestation is in the header as it is in the body, and nowhere else", async () => {
  const answer: Script = ({ body }) =>
    body?.method === "initialize"
      ? initializeResult(body.id)
      : json({ jsonrpc: "2.0", id: body?.id ?? null, result: {} });
  await withUpstream(answer, async ({ link, seen, next }) => {
    const attested = (id: number, attestation: unknown) =>
      line({
        id,
        method: "ping",
        params: { _meta: { ...META, "dev.countersign/attestation": attestation } as never },
      });
    link.write(INITIALIZE);
    await next();
    const long = "a".repeat(4097);
    for (const [id, attestation] of ["a.b.c", long, 7].entries()) {
      link.write(attested(id + 10, attestation));
      await next();
    }
    const posts = seen.filter(({ method }) => method === "POST");
    assertEquals(posts.map(({ headers }) => headers.get("x-countersign-attestation")), [
      null,
      "a.b.c",
      null,
      null,
    ]);
    const metas = posts.map(({ body }) => (body?.params as { _meta?: Record<string, unknown> })._meta);
    assertEquals(metas.map((meta) => meta?.["dev.countersign/attestation"]), [undefined, "a.b.c", long, 7]);
  });
});
