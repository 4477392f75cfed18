import { setFlagsFromString } from 'node:v8';

const flag = '--heap-growing-percent';

/**
 * From the next collection on V8 looks through the whole heap only once it has grown by so many per cent of what lives.
 * By itself V8 begins once less than a young generation is left to its limit: where little lives, that is nearly at once.
 * Told so from the start, V8 would let the garbage of starting lie as well, which makes starting slower: call it once
 * all is set up. Nothing changes where whoever started the process has chosen by the same flag of Node.
 */
export function letHeapGrow(percent: number, execArgv: readonly string[] = process.execArgv): void {
  const isChosen = execArgv.some((arg) => arg.replaceAll('_', '-').startsWith(flag));
  if (!isChosen) setFlagsFromString(`${flag}=${percent}`);
}
