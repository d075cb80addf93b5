import { testAlone } from "../alone.ts";

testAlone("no text makes the scanner slow", new URL("./hostile_growth.ts", import.meta.url));
testAlone(
  "no text makes the signs of threats and injections slow",
  new URL("./signs_growth.ts", import.meta.url),
);
