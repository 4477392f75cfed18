import { FlagError } from '../component/flags.ts';
import type { Controller } from './framework/define-controller.ts';

/** The controllers that `--controllers` asks for, as upstream reads it: `*`, `name`, `-name`. */
export function chooseControllers(asked: readonly string[], all: readonly Controller[]): Controller[] {
  const names = new Set(all.map((controller) => controller.name));
  for (const item of asked) {
    const name = item.replace(/^-/, '');
    if (name !== '*' && !names.has(name))
      throw new FlagError(`"${name}" is not in the list of known controllers: ${[...names].sort().join(', ')}`);
  }
  return all.filter(({ name, onByDefault = true }) => {
    if (asked.includes(`-${name}`)) return false;
    return asked.includes(name) || (asked.includes('*') && onByDefault);
  });
}
