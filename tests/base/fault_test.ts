import { assert, assertEquals } from "@std/assert";
import { Fault, faultFromPlain, toPlainFault } from "../../lib/base/mod.ts";

Deno.test("a Fault survives structured cloning as plain data", () => {
  const fault = new Fault("io", "Cannot read the policy: no such file", { hint: "countersign init" });
  const back = faultFromPlain(structuredClone(toPlainFault(fault)));
  assert(back instanceof Fault);
  assertEquals([back.name, back.code, back.message, back.hint], [
    "Fault",
    fault.code,
    fault.message,
    fault.hint,
  ]);
});

Deno.test("toPlainFault() calls everything else internal", () => {
  assertEquals(toPlainFault(new TypeError("x is not a function")), {
    fault: "internal",
    message: "x is not a function",
  });
  assertEquals(toPlainFault("thrown text"), { fault: "internal", message: "thrown text" });
  assertEquals(toPlainFault(undefined), { fault: "internal", message: "undefined" });
});
