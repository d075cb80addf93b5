import { Fault } from "../base/mod.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  name: "verify",
  summary: "",
  usage: "",
  flags: [],
  example: "",
  run() {
    throw new Fault("internal", "Cannot run verify: it is not built yet");
  },
};
