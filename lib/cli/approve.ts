import { Fault } from "../base/mod.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  name: "approve",
  summary: "",
  usage: "",
  flags: [],
  example: "",
  run() {
    throw new Fault("internal", "Cannot run approve: it is not built yet");
  },
};
