/** Blanks between a cell and the next. */
const padding = 2;

/**
 * Makes columns of cells that tabs end, as Go's text/tabwriter does: a column is as wide as the widest of its cells in
 * lines that follow one another; what stands after the last tab of a line belongs to no column.
 */
export function alignTabs(text: string): string {
  const lines = text.split('\n').map((line) => line.split('\t'));
  const widths = lines.map((cells): number[] => cells.map(() => 0));
  const widest = Math.max(...lines.map((cells) => cells.length));
  for (let column = 0; column < widest - 1; column++) {
    for (let first = 0; first < lines.length; first++) {
      let end = first;
      let width = 0;
      for (; end < lines.length && column < lines[end]!.length - 1; end++)
        width = Math.max(width, lines[end]![column]!.length + padding);
      for (let i = first; i < end; i++) widths[i]![column] = width;
      first = end;
    }
  }
  return lines.map((cells, i) => cells.map((cell, column) => cell.padEnd(widths[i]![column]!)).join('')).join('\n');
}
