import { spawn } from 'node:child_process';

/** Runs a program; another one runs it elsewhere (in a network namespace, say). */
export type Run = typeof runProgram;

/** Runs a program with `input` on its standard input; resolves with what it printed, rejects with what it complained of. */
export function runProgram(file: string, args: readonly string[], input = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on('error', () => child.stdin.destroy()); // it ended before it read all: its exit code tells why
    child.on('error', (error: NodeJS.ErrnoException) =>
      reject(error.code === 'ENOENT' ? new ProgramError(file, null, 'not found') : error),
    );
    child.on('close', (code) => {
      if (code === 0) resolve(Buffer.concat(stdout).toString());
      else reject(new ProgramError(file, code, Buffer.concat(stderr).toString().trim()));
    });
    child.stdin.end(input);
  });
}

class ProgramError extends Error {
  /** The exit code; null where a signal ended it or it could not be started. */
  readonly code: number | null;
  constructor(file: string, code: number | null, stderr: string) {
    super(`${file}: ${stderr || `exit code ${code}`}`);
    this.name = 'ProgramError';
    this.code = code;
  }
}
