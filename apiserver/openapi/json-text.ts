import type { Steps } from './in-slices.ts';

/** A document as `JSON.stringify` writes it, an entry of its larger parts at a time. */
export function* jsonText(document: Readonly<Record<string, unknown>>): Steps<Buffer> {
  return Buffer.from(yield* textOf(document, 2));
}

function* textOf(value: unknown, depth: number): Steps<string> {
  if (depth === 0 || typeof value !== 'object' || value === null || Array.isArray(value)) {
    yield;
    return JSON.stringify(value);
  }
  const entries: string[] = [];
  for (const [key, inner] of Object.entries(value)) {
    if (inner !== undefined) entries.push(`${JSON.stringify(key)}:${yield* textOf(inner, depth - 1)}`);
  }
  return `{${entries.join()}}`;
}
