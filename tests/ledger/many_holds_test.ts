import { assertEquals } from "@std/assert";
import { openLedgerFolder } from "../../lib/store/mod.ts";
import { heldCall, openRequest, PRINCIPAL, simple } from "./support.ts";

Deno.test("a session ends with more held calls, of larger entries, than one commit of the store holds", async () => {
  const parent = await Deno.makeTempDir({ prefix: "countersign-holds-" });
  try {
    const folder = `${parent}/ledger`;
    const roles = Array.from({ length: 32 }, (_, i) => `${i}`.padEnd(170, "r"));
    const principal = { ...PRINCIPAL, roles };
    const ledger = simple(await openLedgerFolder(openRequest({ folder, principal })));
    await Promise.all(Array.from({ length: 160 }, () => ledger.write(heldCall({ principal }))));
    await ledger.close("done");
    const again = await openLedgerFolder(openRequest({ folder }));
    assertEquals(again.opened.entries, 1 + 160 + 160 + 1 + 1);
    await again.close("done");
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
});
