import { assertEquals } from "@std/assert";
import {
  DEFAULT_MAX_FRAME_BYTES,
  MAX_BATCH_ELEMENTS,
  MAX_DEPTH,
  VERSION_WITH_BATCHES,
} from "../../lib/wire/mod.ts";

Deno.test("the limits are pinned", () => {
  assertEquals([DEFAULT_MAX_FRAME_BYTES, MAX_DEPTH, MAX_BATCH_ELEMENTS], [16_777_216, 256, 10_000]);
  assertEquals(VERSION_WITH_BATCHES, "2025-03-26");
});
