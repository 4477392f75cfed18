import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A compiled regular expression of RE2, which takes time linear in the text. */
export interface LinearRegExp {
  matcher(text: string): Matcher;
}

interface Matcher {
  /** Goes to the next match. */
  find(): boolean;
  group(): string;
  start(): number;
  end(): number;
}

interface Re2 {
  readonly RE2JS: { compile(pattern: string): LinearRegExp };
}

/** Compiles in RE2's syntax, which is Go's. Throws an Error in Go's words. Loads the library when the first pattern comes. */
export function compileRegExp(pattern: string): LinearRegExp {
  return (require('re2js') as Re2).RE2JS.compile(pattern);
}
