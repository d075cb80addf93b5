/**
 * schema: does a value still fit the JSON Schema that was promised for it?
 *
 * Input: schema and value are ATTACKER-CONTROLLED; what cannot be told within bounds is `unknown`, never `fits`.
 * Thread: the scan worker. Imports: nothing; `@cfworker/json-schema` only once something is asked.
 */
export { fitsSchemas, MAX_SCHEMA_UNITS, type SchemaAnswer, type SchemaQuestion } from "./fits.ts";
