/**
 * The same text in memory of its own. What is cut out of a longer text (`slice`, `split`) is to V8 a view of that one: it
 * keeps all of it, and an object in which it stands is taken off the fast path of JSON.stringify, which for a pod with
 * managedFields is twice as fast.
 */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
