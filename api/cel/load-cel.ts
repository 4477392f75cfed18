import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** The CEL library, loaded when the first expression comes: most processes import the resources and compile none. */
export function loadCel(): typeof import('@marcbachmann/cel-js') {
  return require('@marcbachmann/cel-js') as typeof import('@marcbachmann/cel-js');
}
