/** Protocol versions that are spoken here, by era. */
export const VERSION_HEADER = "mcp-protocol-version";
export const LEGACY_VERSIONS: readonly string[] = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];
export const MODERN_VERSIONS: readonly string[] = ["2026-07-28"];
