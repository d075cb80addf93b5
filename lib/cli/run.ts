import { Fault } from "../base/mod.ts";
import type { Command } from "./command.ts";

export const command: Command = {
  name: "run",
  summary: "",
  usage: "",
  flags: [],
  example: "",
  run() {
    throw new Fault("internal", "Cannot run run: it is not built yet");
  },
};
