import { assert, assertEquals } from "@std/assert";
import { methodInfo, METHODS, readSubject } from "../../lib/wire/mod.ts";

/** Pinned: the union of the schemas' ClientRequest, ServerRequest, ClientNotification, ServerNotification. */
const ALL = `
completion/complete elicitation/create initialize logging/setLevel ping prompts/get prompts/list resources/list
resources/read resources/subscribe resources/templates/list resources/unsubscribe roots/list sampling/createMessage
server/discover subscriptions/listen tasks/cancel tasks/get tasks/list tasks/result tasks/update tools/call tools/list
notifications/cancelled notifications/elicitation/complete notifications/initialized notifications/message
notifications/progress notifications/prompts/list_changed notifications/resources/list_changed
notifications/resources/updated notifications/roots/list_changed notifications/subscriptions/acknowledged
notifications/tasks notifications/tasks/status notifications/tools/list_changed`.trim().split(/\s+/);

const JUDGED = `
completion/complete elicitation/create prompts/get resources/read resources/subscribe roots/list sampling/createMessage
tools/call`.trim().split(/\s+/);

Deno.test("METHODS holds every method of both eras, once", () => {
  assertEquals(METHODS.map(({ method }) => method).sort(), [...ALL].sort());
});

Deno.test("METHODS judges what the specification lists, and nothing else", () => {
  assertEquals(METHODS.filter(({ judged }) => judged).map(({ method }) => method).sort(), [...JUDGED].sort());
});

Deno.test("a notice is what the name says, and never judged", () => {
  for (const { method, form, judged } of METHODS) {
    assertEquals(form === "notice", method.startsWith("notifications/"), method);
    assert(!(form === "notice" && judged), method);
  }
});

Deno.test("what the server asks travels to the client", () => {
  for (const method of ["sampling/createMessage", "elicitation/create", "roots/list"]) {
    assertEquals(methodInfo(method)?.direction, "to-client");
  }
});

Deno.test("methodInfo() knows no method by a name that is nearly its own, nor by one that objects have", () => {
  for (
    const name of ["Tools/Call", "tools/call ", "tools//call", "", "constructor", "__proto__", "toString"]
  ) {
    assertEquals(methodInfo(name), undefined, name);
    const subject = readSubject(name, undefined);
    assertEquals(subject, { ok: true, value: { judged: false, known: false, name: "", args: {} } });
  }
});
