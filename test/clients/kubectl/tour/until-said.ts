/**
 * A line for the shell that runs `command`, which goes on for ever, until it has said something like `last`, and prints
 * what it said. `meanwhile` runs once it has said something like `first`, by default anything. Both are patterns of grep.
 */
export function untilSaid(
  command: string,
  last: string,
  { first = '', meanwhile = 'true' }: { first?: string; meanwhile?: string } = {},
): string {
  const said = (pattern: string): string =>
    `until grep -q '${pattern}' said || ! kill -0 $program 2>/dev/null; do sleep 0.1; done`;
  return [
    `: > said; timeout 50 ${command} > said 2>&1 & program=$!`,
    said(first),
    `(${meanwhile}) > /dev/null`,
    said(last),
    'kill $program; wait $program 2>/dev/null; cat said',
  ].join('; ');
}
