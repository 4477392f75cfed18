import { execFileSync } from 'node:child_process';

/** Every command of a kubectl that has none below it (`config set-context`), as its help lists them. */
export function commandsOf(kubectl: string, above: readonly string[] = []): string[] {
  const help = execFileSync(kubectl, [...above, '--help'], { encoding: 'utf8' });
  const below = [...help.matchAll(/Commands.*:\n((?: {2}\S.*\n)+)/g)].flatMap(([, list]) =>
    [...list!.matchAll(/^ {2}(\S+) /gm)].map(([, name]) => name!),
  );
  return below.length === 0
    ? [above.join(' ')]
    : below.flatMap((name) => (above.at(-1) === name ? [] : commandsOf(kubectl, [...above, name])));
}

/** Those of `commands` that none of the lines for a shell runs. */
export function notRun(commands: readonly string[], lines: readonly string[]): string[] {
  return commands.filter((command) => {
    const run = new RegExp(`kubectl ${command}s?\\b`);
    return !lines.some((line) => run.test(line));
  });
}
