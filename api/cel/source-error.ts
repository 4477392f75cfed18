/** What is wrong at a place of an expression; `at` counts UTF-16 units from its start. */
export interface SourceError {
  readonly at: number;
  readonly message: string;
}

/** The errors of an expression as cel-go prints them: each with its line and a mark below the place. */
export function formatSourceErrors(text: string, errors: readonly SourceError[]): string {
  return [...errors]
    .sort((a, b) => a.at - b.at)
    .map(({ at, message }) => {
      const lineStart = text.lastIndexOf('\n', at - 1) + 1;
      const lineEnd = text.indexOf('\n', lineStart);
      const line = text.slice(lineStart, lineEnd < 0 ? text.length : lineEnd);
      const lineNumber = text.slice(0, lineStart).split('\n').length;
      const column = at - lineStart;
      return `ERROR: <input>:${lineNumber}:${column + 1}: ${message}\n | ${line}\n | ${'.'.repeat(column)}^`;
    })
    .join('\n');
}
