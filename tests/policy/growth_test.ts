import { testAlone } from "../alone.ts";

testAlone("no arguments make a policy slow", new URL("./hostile_growth.ts", import.meta.url));
