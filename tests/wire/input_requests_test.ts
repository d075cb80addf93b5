import { assertEquals } from "@std/assert";
import { elicitationsOf, inputRequestsOf } from "../../lib/wire/mod.ts";
import type { JsonValue } from "../../lib/base/mod.ts";
import { errorOf, valueOf } from "../base/_results.ts";

Deno.test("inputRequestsOf() lists what a server asks inside of a result", () => {
  const result = {
    resultType: "input_required",
    inputRequests: {
      login: { method: "elicitation/create", params: { message: "Who are you?" } },
      roots: { method: "roots/list" },
      "7": { method: "something/else", params: {} },
    },
    requestState: "opaque",
  };
  assertEquals(valueOf(inputRequestsOf(result)), [
    { key: "7", method: "something/else", params: {} },
    { key: "login", method: "elicitation/create", params: { message: "Who are you?" } },
    { key: "roots", method: "roots/list" },
  ]);
});

Deno.test("inputRequestsOf() finds none where none are asked", () => {
  for (const holder of [undefined, null, 5, [], {}, { content: [] }, { inputRequests: {} }]) {
    assertEquals(valueOf(inputRequestsOf(holder)), []);
  }
});

Deno.test("inputRequestsOf() refuses what it cannot read: nobody could judge it", () => {
  const unreadable = [
    null,
    [],
    "x",
    { a: null },
    { a: "roots/list" },
    { a: {} },
    { a: { method: 5 } },
    { a: { method: "roots/list", params: [] } },
    { a: { method: "roots/list", params: null } },
  ];
  for (const inputRequests of unreadable) errorOf(inputRequestsOf({ inputRequests }));
});

Deno.test("elicitationsOf() lists the URLs that an error asks the client to open, and refuses what it cannot read", () => {
  const one = { mode: "url", message: "m", url: "https://example.org" };
  const withData = (data: JsonValue): JsonValue => ({ code: -32042, message: "m", data });
  assertEquals(valueOf(elicitationsOf(withData({ elicitations: [one, {}] }))), [one, {}]);
  for (
    const error of [undefined, null, 5, "x", {}, withData(null), withData("x"), withData({}), withData([])]
  ) {
    assertEquals(valueOf(elicitationsOf(error)), []);
  }
  for (const elicitations of [null, {}, "x", [1], [[]], [null]]) {
    errorOf(elicitationsOf(withData({ elicitations })));
  }
});
