import { testAlone } from "../alone.ts";

testAlone("what is remembered keeps no message in memory", new URL("./kept_growth.ts", import.meta.url));
