/** A line for the shell that gives `kubectl` both ends of a terminal, as a person has it, and types `input` into it. */
export const terminal = (command: string, input: string): string =>
  `(sleep 2; printf '${input}'; sleep 1) | TERM=xterm timeout 50 script -qec "${command}" /dev/null`;
