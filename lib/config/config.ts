/** The operator's configuration, with every default filled in. */
import type { Diagnostic } from "../diagnostic/mod.ts";
import type { ListenAddress } from "./listen_address.ts";

/** A policy that the configuration names: one that comes with the program, or a file. */
export type PolicyRef =
  | { readonly kind: "bundled"; readonly name: string }
  | { readonly kind: "file"; readonly path: string };

export type AskedAction = "allow" | "block" | "ask";

/** What is done about a detector's findings; for one server and tool, where they are named. */
export interface ScanOverrideConfig {
  readonly detector: string;
  readonly requests?: AskedAction;
  readonly results?: "allow" | "redact" | "withhold";
  readonly server?: string;
  readonly tool?: string;
}

/** A detector that the operator wrote. */
export interface DetectorConfig {
  readonly id: string;
  readonly description?: string;
  readonly keywords: readonly string[];
  /** RE2; checked where it is compiled. */
  readonly pattern: string;
  readonly specificity?: 1 | 2 | 3;
  readonly examples: { readonly hits: readonly string[]; readonly misses: readonly string[] };
}

/** What is done about results that give orders. */
export interface InjectionConfig {
  readonly action?: "annotate" | "redact" | "withhold" | "allow";
  readonly threshold?: number;
  /** RE2; checked where they are compiled. */
  readonly extraPatterns?: readonly string[];
}

export interface ScanConfig {
  readonly overrides: readonly ScanOverrideConfig[];
  readonly detectors: readonly DetectorConfig[];
  readonly canaries: readonly string[];
  readonly injection: InjectionConfig;
}

/** The `[guardrails]` table as a layer, in the shape that the policy loader takes. */
export interface GuardrailsSource {
  readonly name: "guardrails";
  readonly file: string;
  readonly format: "toml";
  readonly text: string;
  readonly section: "guardrails";
}

/** Where the record is kept, and what of it. Paths are absolute where the configuration has a file. */
export interface LedgerConfig {
  /** The ledger's folder. */
  readonly path: string;
  /** `full`: payloads of allowed calls are kept beside the entries, as they crossed. */
  readonly record: "metadata" | "full";
  /** How long payloads are kept before `ledger prune` takes them; absent: for ever. */
  readonly retentionMs?: number;
  /** First line of checkpoints; absent: `countersign/<key id>`. */
  readonly origin?: string;
  /** A C2SP tlog-policy file that names the witnesses and how many of them must sign. */
  readonly witnesses?: string;
  /** A file that every entry is appended to as a line. */
  readonly jsonl?: string;
}

/** How agents prove who they are. */
export interface IdentityConfig {
  /** Is every call refused that comes without a verified token? */
  readonly required: boolean;
  /** What tokens are verified with; absent where nothing is configured. */
  readonly tokens?: TokenScheme;
}

/** One scheme and no other: so that no token can choose how it is verified. */
export type TokenScheme =
  /** Files of Ed25519 public keys, resolved. */
  | { readonly scheme: "ed25519"; readonly publicKeys: readonly string[] }
  | { readonly scheme: "hmac"; readonly secret: SharedSecret };

/** Whoever knows it can make tokens. */
export type SharedSecret =
  /** `value` is SECRET: never shown. No upstream gets the variable. */
  | { readonly kind: "env"; readonly variable: string; readonly value: string }
  | { readonly kind: "file"; readonly path: string };

/** How `run` serves Streamable HTTP. Paths are absolute where the configuration has a file. */
export interface ListenConfig {
  /** Absent: on stdio, unless the command line says otherwise. */
  readonly address?: ListenAddress;
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly maxSessions?: number;
  readonly idleTimeoutMs?: number;
  /** Files, PEM. */
  readonly tls?: { readonly cert: string; readonly key: string };
  readonly legacySse: boolean;
}

export interface Config {
  readonly agent: { readonly id: string; readonly authorizedBy?: string };
  /** The layers, from the highest on; empty where the configuration names none: then the bundled `standard` holds. */
  readonly policies: readonly PolicyRef[];
  /** `watch`: are changed policy files loaded while a firewall runs? */
  readonly policy: { readonly watch: boolean };
  /** The highest layer of all; absent where there is no such table. */
  readonly guardrails?: GuardrailsSource;
  readonly ledger: LedgerConfig;
  readonly identity: IdentityConfig;
  readonly scan: ScanConfig;
  /** `newTools`: what becomes of a tool that was not there at first. */
  readonly pins: { readonly enabled: boolean; readonly newTools: "accept" | "ask" };
  /** Absent: requests to a URL are attested, those to a command not. */
  readonly attestation: { readonly enabled?: boolean };
  readonly limits: {
    readonly maxFrameBytes: number;
    readonly holdTimeoutMs: number;
    readonly drainTimeoutMs: number;
    /** The longest that a worker's answer may take. */
    readonly askTimeoutMs: number;
  };
  readonly listen: ListenConfig;
  readonly refusal: { readonly style: "result" | "error" };
  readonly server: {
    /** How rules and entries name the upstream; absent: from its command. */
    readonly name?: string;
    /** Absent: as the way of starting has it. */
    readonly inheritEnv?: boolean;
    /** For the child's environment. SECRET: never shown. */
    readonly env: Readonly<Record<string, string>>;
    /** Where the upstream is, over HTTP; absent: it is a command. */
    readonly url?: string;
    /** Sent with every request to that origin. SECRET: never shown. */
    readonly headers: Readonly<Record<string, string>>;
    /** Is translated where the client speaks another era of the protocol than the upstream? */
    readonly translate: boolean;
  };
  /** Those of a gateway, in the order of the file; empty where there is one upstream. */
  readonly servers: readonly ServerConfig[];
  readonly warnings: readonly Diagnostic[];
}

/** One server of a gateway: it has a command or a URL. */
export interface ServerConfig {
  /** Begins the names of its tools and prompts; rules and entries call it so. */
  readonly name: string;
  /** The program and its arguments. */
  readonly command?: readonly [string, ...string[]];
  readonly url?: string;
  /** For the command's environment. SECRET: never shown. */
  readonly env: Readonly<Record<string, string>>;
  /** Sent with every request to the URL's origin. SECRET: never shown. */
  readonly headers: Readonly<Record<string, string>>;
  readonly inheritEnv: boolean;
  /** Is translated where the client speaks another era of the protocol? */
  readonly translate: boolean;
}
