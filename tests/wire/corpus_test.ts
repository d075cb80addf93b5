/** nst/JSONTestSuite on the way that a frame takes: as a whole line, and as the params of a request. */
import { assert, assertEquals } from "@std/assert";
import { canonicalPayload, concatBytes, parseJson, utf8, utf8Decode } from "../../lib/base/mod.ts";
import { encodeFrame, type Incoming, readFrame } from "../../lib/wire/mod.ts";
import { valueOf } from "../base/_results.ts";
import { messageIn } from "./_frames.ts";

const CASES: readonly { name: string; base64: string }[] = JSON.parse(
  Deno.readTextFileSync(new URL("../vectors/json-parsing.json", import.meta.url)),
);

Deno.test("a line that is not JSON is malformed, and so is a request that holds it", () => {
  const broken = CASES.filter(({ name }) => name.startsWith("n_"));
  assert(broken.length > 100, "the corpus is gone");
  for (const { name, base64 } of broken) {
    const bytes = Uint8Array.fromBase64(base64);
    for (const frame of [bytes, inRequest(bytes)]) {
      const incoming = read(frame);
      assertEquals(incoming.kind === "malformed" && incoming.code, -32700, name);
    }
  }
});

Deno.test("a request that holds any JSON goes out with the value it came with", () => {
  let taken = 0;
  for (const { name, base64 } of CASES.filter(({ name }) => !name.startsWith("n_"))) {
    const bytes = Uint8Array.fromBase64(base64);
    const text = utf8Decode(bytes);
    const parsed = text === undefined ? undefined : parseJson(text);
    const incoming = read(inRequest(bytes));
    assertEquals(incoming.kind, parsed?.ok ? "request" : "malformed", name);
    if (!parsed?.ok || incoming.kind !== "request") continue;
    taken++;
    const { params } = messageIn(encodeFrame(incoming.value).trimEnd()) as typeof incoming;
    assertEquals(canonicalPayload(params?.v ?? null), canonicalPayload(valueOf(parsed)), name);
  }
  assertEquals(taken, 101);
});

function read(bytes: Uint8Array): Incoming {
  return readFrame({ kind: "line", bytes });
}

function inRequest(bytes: Uint8Array): Uint8Array {
  return concatBytes(utf8('{"jsonrpc":"2.0","id":1,"method":"x","params":{"v":'), bytes, utf8("}}"));
}
