import { compileRegExp, type LinearRegExp } from './load-re2.ts';

/** What stands for the library's own `matches`, by a name that no expression can spell. */
export const linearMatches = '@matches';

const maxRemembered = 64;

export interface RegularExpressionFunctions {
  matches(text: string, pattern: string): boolean;
  /** The first match, or empty text. */
  find(text: string, pattern: string): string;
  /** As Go finds them: an empty match right behind another is none. A limit below zero is none. */
  findAll(text: string, pattern: string, limit?: bigint): string[];
}

/**
 * Functions on regular expressions that nobody can make slow: RE2 does not go back, while the time JavaScript takes for
 * `^(a+)+$` doubles with every letter. Patterns are remembered, as most are constants. A wrong pattern throws in Go's words.
 */
export function createRegularExpressionFunctions(): RegularExpressionFunctions {
  const remembered = new Map<string, LinearRegExp>();
  const matcherOf = (text: string, pattern: string): ReturnType<LinearRegExp['matcher']> => {
    let compiled = remembered.get(pattern);
    if (!compiled) {
      compiled = compileRegExp(pattern);
      if (remembered.size >= maxRemembered) remembered.delete(remembered.keys().next().value!);
      remembered.set(pattern, compiled);
    }
    return compiled.matcher(text);
  };
  return {
    matches: (text, pattern) => matcherOf(text, pattern).find(),
    find: (text, pattern) => {
      const matcher = matcherOf(text, pattern);
      return matcher.find() ? matcher.group() : '';
    },
    findAll: (text, pattern, limit = -1n) => {
      const matcher = matcherOf(text, pattern);
      const found: string[] = [];
      let lastEnd = -1;
      while ((limit < 0n || found.length < limit) && matcher.find()) {
        if (matcher.end() > matcher.start() || matcher.start() !== lastEnd) found.push(matcher.group());
        lastEnd = matcher.end();
      }
      return found;
    },
  };
}
