/**
 * The same text in memory of its own. What is cut out of a longer text (`slice`, `split`) is to V8 a view of that one: it
 * keeps all of it, and an object in which it stands takes 1.2 to 2 times as long in JSON.stringify, which leaves its fast
 * path there (`node api/meta/own-copy.bench.ts`).
 */
export function ownCopy(text: string): string {
  return Buffer.from(text).toString();
}
