import type { Progress } from './setup/run-steps.ts';

/** A spinner on a terminal, one plain line a step otherwise. */
export async function createProgress(stream: NodeJS.WriteStream = process.stderr): Promise<Progress> {
  if (!stream.isTTY) {
    return {
      start: (title) => void stream.write(`- ${title}\n`),
      update: () => {},
      succeed: () => {},
      fail: (title) => void stream.write(`- failed: ${title}\n`),
    };
  }
  const { default: ora } = await import('ora');
  const spinner = ora({ stream });
  return {
    start: (title) => void spinner.start(title),
    update: (line) => {
      spinner.text = line;
    },
    succeed: (title) => void spinner.succeed(title),
    fail: (title) => void spinner.fail(title),
  };
}
