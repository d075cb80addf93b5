import type { Flag } from "../command.ts";

/** The flags of `export --append-to`. */
export const APPEND_FLAGS: readonly Flag[] = [
  {
    name: "append-to",
    kind: "string",
    value: "PLACE",
    help: "append closed segments to an archive: a folder, or s3://BUCKET/PREFIX with object lock",
  },
  {
    name: "endpoint",
    kind: "string",
    value: "URL",
    help: "of the bucket (default: Amazon's, of the region)",
  },
  {
    name: "region",
    kind: "string",
    value: "NAME",
    help: "of the bucket (default: AWS_REGION, else us-east-1)",
  },
  { name: "retain", kind: "string", value: "DURATION", help: "how long each object of the bucket is locked" },
  {
    name: "mode",
    kind: "string",
    value: "WORD",
    help: "COMPLIANCE (default: nobody can shorten it) or GOVERNANCE",
  },
  { name: "thorough", kind: "boolean", help: "read every segment that is there again, not only the newest" },
];
