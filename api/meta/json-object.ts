/** What JSON.parse makes of `{…}`. */
export type JsonObject = Record<string, unknown>;

/** Neither a list nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
