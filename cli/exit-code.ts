/** Ends the program with a code; what there is to say about it has been printed already. */
export class ExitCode extends Error {
  readonly code: number;

  constructor(code: number) {
    super(`exit code ${code}`);
    this.name = 'ExitCode';
    this.code = code;
  }
}
