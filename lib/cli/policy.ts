import { Fault } from "../base/mod.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  name: "policy",
  summary: "",
  usage: "",
  flags: [],
  example: "",
  run() {
    throw new Fault("internal", "Cannot run policy: it is not built yet");
  },
};
