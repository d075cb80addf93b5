import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import { canonicalPayload, type JsonObject } from "../../lib/base/mod.ts";
import { encodeFrame, type Incoming, readFrame } from "../../lib/wire/mod.ts";
import { nearlyJsonText, RUNS } from "../base/_json_text.ts";
import { messageIn, readText } from "./_frames.ts";
import { messageText, nearlyMessage } from "./_message_text.ts";

Deno.test("property: readFrame() answers for any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => isAnswer(readFrame({ kind: "line", bytes }))),
    RUNS,
  );
});

Deno.test("property: readFrame() answers for anything that is nearly JSON, or nearly a message", () => {
  fc.assert(fc.property(fc.oneof(nearlyJsonText, nearlyMessage), (text) => isAnswer(readText(text))), RUNS);
});

Deno.test("property: a message goes out as it was read, and every other parser reads the same", () => {
  fc.assert(
    fc.property(messageText, (text) => {
      const message = messageIn(text);
      const line = encodeFrame(message.value);
      assertEquals(line, `${text}\n`);
      assertEquals(line.indexOf("\n"), line.length - 1);
      const again = messageIn(line.trimEnd());
      assertEquals(canonicalPayload(again.value), canonicalPayload(message.value));
      assertEquals([again.kind, partsOf(again)], [message.kind, partsOf(message)]);
      const native = JSON.parse(line) as JsonObject;
      assertEquals(native.method, message.kind === "reply" ? undefined : message.method);
      assertEquals(Object.hasOwn(native, "id"), message.kind !== "notice");
    }),
    RUNS,
  );
});

function partsOf(message: ReturnType<typeof messageIn>): unknown {
  const { value: _value, bytes: _bytes, ...parts } = message;
  return JSON.parse(JSON.stringify(parts));
}

function isAnswer(incoming: Incoming): void {
  assert(["request", "notice", "reply", "batch", "malformed"].includes(incoming.kind));
  if (incoming.kind === "malformed") assert([-32700, -32600, -32602].includes(incoming.code));
}
