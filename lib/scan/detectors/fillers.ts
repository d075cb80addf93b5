/**
 * What the examples are made of. No example of a token stands whole in the source: others' scanners would take this
 * repository for a leak.
 */

/** `length` letters and digits, mixed as a random token is. */
export function mixed(length: number): string {
  return "aB3dE5fG7hJ9kL2mN4pQ6rS8tU1vW3yZ".repeat(Math.ceil(length / 32)).slice(0, length);
}

/** `length` lower-case hexadecimal digits. */
export function hex(length: number): string {
  return "0a1b2c3d4e5f67899f8e7d6c5b4a3210".repeat(Math.ceil(length / 32)).slice(0, length);
}

/** `length` upper-case letters and digits. */
export function upper(length: number): string {
  return mixed(length).toUpperCase();
}
