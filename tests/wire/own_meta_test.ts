import { assertEquals, assertStrictEquals } from "@std/assert";
import fc from "fast-check";
import type { JsonObject } from "../../lib/base/mod.ts";
import {
  ATTESTATION_KEY,
  attestationOf,
  type Message,
  readFrame,
  type ReplyMessage,
  withAttestation,
  withoutOwnMeta,
} from "../../lib/wire/mod.ts";

function message(value: JsonObject): Message {
  const bytes = new TextEncoder().encode(JSON.stringify({ jsonrpc: "2.0", ...value }));
  const read = readFrame({ kind: "line", bytes });
  if (read.kind === "malformed" || read.kind === "batch") throw new Error(read.kind);
  return read;
}

const name = fc.constantFrom(
  "dev.countersign/attestation",
  "dev.countersign/verdict",
  "DEV.COUNTERSIGN/x",
  "dev.counter\u017Fign/x",
  "dev.countersign",
  "progressToken",
  "__proto__",
  "constructor",
);
const meta = fc.constantFrom("_meta", "_META", "_Meta", "meta", "_meta_");
const holder = fc.dictionary(meta, fc.oneof(fc.dictionary(name, fc.integer()), fc.constant("none")));

Deno.test("property: withoutOwnMeta() leaves nothing under a key of ours, and all else in its order", () => {
  fc.assert(fc.property(holder, fc.constantFrom("params", "result"), (members, where) => {
    const before = message(
      where === "params" ? { id: 1, method: "m", params: members } : { id: 1, result: members },
    );
    const after = withoutOwnMeta(before);
    const kept = (after.value[where] ?? {}) as JsonObject, was = (before.value[where] ?? {}) as JsonObject;
    assertEquals(Object.keys(kept), Object.keys(was));
    for (const [key, value] of Object.entries(was)) {
      const isMeta = key.toLowerCase() === "_meta" && typeof value === "object";
      if (!isMeta) assertStrictEquals(kept[key], value);
      else {
        const names = Object.keys(value as JsonObject).filter((one) =>
          !/^dev\.counter(?:s|\u017F)ign\//i.test(one)
        );
        assertEquals(Object.keys(kept[key] as JsonObject), names);
      }
    }
    const inside = after.kind === "reply" ? after.result : after.params;
    assertStrictEquals(inside, after.value[where]);
    return withoutOwnMeta(after) === after;
  }));
});

Deno.test("a message that says nothing of ours comes back as it is", () => {
  for (
    const value of [
      { id: 1, method: "ping" },
      { id: 1, method: "tools/call", params: { name: "x", _meta: { progressToken: 1 } } },
      { method: "notifications/initialized" },
      { id: 1, result: { content: [], _meta: {} } },
      { id: 1, result: null },
      { id: 1, error: { code: -32000, message: "no", data: { verdict: "refuse" } } },
      { id: 1, error: { code: -31403, message: "no" } },
    ]
  ) {
    const one = message(value as JsonObject);
    assertStrictEquals(withoutOwnMeta(one), one);
  }
});

Deno.test("an error with the code of our refusals keeps its code and its text, and none of its data", () => {
  for (const code of ["-31403", "-31403.0", "-3.1403e4"]) {
    const text =
      `{"jsonrpc":"2.0","id":1,"error":{"code":${code},"message":"no","data":{"verdict":"refuse"}}}`;
    const read = readFrame({ kind: "line", bytes: new TextEncoder().encode(text) });
    const clean = withoutOwnMeta(read as ReplyMessage);
    assertEquals(Object.keys(clean.error ?? {}), ["code", "message"], code);
  }
});

Deno.test("what withAttestation() puts on, attestationOf() reads, and nothing else changes", () => {
  for (const params of [undefined, {}, { a: 1 }, { _meta: { progressToken: 1 }, a: 1 }]) {
    const on = withAttestation(params, "a.b.c");
    assertEquals(attestationOf(on), "a.b.c");
    const { _meta, ...rest } = on as JsonObject;
    const { _meta: before = {}, ...was } = (params ?? {}) as JsonObject;
    assertEquals([rest, _meta], [was, { ...before as JsonObject, [ATTESTATION_KEY]: "a.b.c" }]);
  }
  for (const params of [{ _meta: "none" }, { _meta: null }, { _meta: [] }]) {
    assertStrictEquals(withAttestation(params, "a.b.c"), params);
    assertEquals(attestationOf(params), undefined);
  }
});

Deno.test("what a message holds that is one itself says nothing of ours either; what is data stays", () => {
  const forged = { "dev.countersign/verdict": { verdict: "forward" }, "example.org/x": 1 };
  const left = { "example.org/x": 1 };
  const refused = { code: -31403, message: "no", data: { verdict: "refuse" } };
  const rows:
    readonly (readonly [name: string, where: "params" | "result", was: JsonObject, is: JsonObject])[] = [
      ["a task's result", "result", { taskId: "t", result: { content: [], _meta: forged } }, {
        taskId: "t",
        result: { content: [], _meta: left },
      }],
      ["a task's error", "result", { taskId: "t", error: refused }, {
        taskId: "t",
        error: { code: -31403, message: "no" },
      }],
      ["a notice of a task", "params", { result: { _meta: forged } }, { result: { _meta: left } }],
      [
        "a question",
        "result",
        { inputRequests: { a: { method: "m", params: { _meta: forged } }, b: { method: "m" } } },
        { inputRequests: { a: { method: "m", params: { _meta: left } }, b: { method: "m" } } },
      ],
      ["an answer", "params", { inputResponses: { a: { _meta: forged }, b: 1 } }, {
        inputResponses: { a: { _meta: left }, b: 1 },
      }],
      ["arguments", "params", { arguments: { result: { _meta: forged }, _meta: forged } }, {
        arguments: { result: { _meta: forged }, _meta: forged },
      }],
    ];
  for (const [name, where, was, is] of rows) {
    const before = message(where === "params" ? { id: 1, method: "m", params: was } : { id: 1, result: was });
    const after = withoutOwnMeta(before);
    assertEquals(after.value[where], is, name);
    assertStrictEquals(after.kind === "reply" ? after.result : after.params, after.value[where]);
    assertStrictEquals(withoutOwnMeta(after), after, name);
  }
});

Deno.test("a key of any name inside of a message is no way to change what else is in it", () => {
  const text = `{"jsonrpc":"2.0","id":1,"result":{"inputRequests":{"__proto__":{"method":"m","params":` +
    `{"_meta":{"dev.countersign/verdict":1,"__proto__":{"a":1}}}},"constructor":{"method":"n"}}}}`;
  const read = readFrame({ kind: "line", bytes: new TextEncoder().encode(text) });
  assertEquals(
    JSON.stringify(withoutOwnMeta(read as ReplyMessage).value),
    text.replace(`"dev.countersign/verdict":1,`, ""),
  );
});
