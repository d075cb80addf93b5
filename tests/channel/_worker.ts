import { serve } from "../../lib/channel/mod.ts";
import { Fault } from "../../lib/base/mod.ts";
import { block } from "../blocked.ts";

let greeted = "";

serve({
  greet: (payload: string) => {
    greeted = payload;
    return `hello ${payload}`;
  },
  greeted: () => greeted,
  echo: (payload: unknown) => payload,
  later: async (payload: unknown) => await Promise.resolve(payload),
  refuse: () => {
    throw new Fault("ledger", "Cannot write: the disk is full", { hint: "df -h" });
  },
  never: () => new Promise(() => {}),
  hang: () => {
    block();
  },
  crash: () => {
    queueMicrotask(() => {
      throw new Error("out of luck");
    });
    return new Promise(() => {});
  },
  die: () => {
    queueMicrotask(() => {
      throw new Error("out of luck");
    });
  },
});
