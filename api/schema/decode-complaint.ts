import { canonicalBase64 } from '../meta/base64.ts';
import { canonicalQuantity } from '../meta/quantity.ts';
import { canonicaliseMicroTime, canonicaliseTime } from '../meta/time.ts';
import type { StructPlan, ValuePlan } from './type-plan.ts';
import { isJsonObject } from '../meta/json-object.ts';
import { goJsonKind } from '../meta/go-value.ts';

/** What Go's decoder says of a value that does not fit its type; undefined where it has no complaint. */
export function explainMismatch(plan: StructPlan, value: unknown): string | undefined {
  return new ErrorWalk().explain(plan, value);
}

/** A quantity may come as a JSON number. */
export const quantityText = (value: string | number): string =>
  typeof value === 'string' ? value.trim() : String(value);

const goTypeOf = ({ typeName, goName }: StructPlan): string => `${typeName.split('.').at(-2)}.${goName}`;

/**
 * Finds what Go's decoder would report. It saves the first mismatch of kinds and reads on; an error of a type that
 * decodes itself (times, quantities) ends it at once and wins. Paths name fields only, no list indices or map keys.
 */
class ErrorWalk {
  readonly #path: string[] = [];
  #struct = '';
  #saved: string | undefined;

  explain(plan: StructPlan, value: unknown): string | undefined {
    try {
      this.#fields(plan, value, goTypeOf(plan));
    } catch (error) {
      if (error instanceof Stop) return error.message;
      throw error;
    }
    return this.#saved;
  }

  #mismatch(value: unknown, goType: string, asNumber = false): string {
    const what = asNumber ? `number ${numberText(value as number)}` : goJsonKind(value);
    const where =
      this.#path.length === 0
        ? `value of type ${goType}`
        : `struct field ${this.#struct}.${this.#path.join('.')} of type ${goType}`;
    return `json: cannot unmarshal ${what} into Go ${where}`;
  }

  #save(value: unknown, goType: string, asNumber = false): void {
    this.#saved ??= this.#mismatch(value, goType, asNumber);
  }

  #fields(plan: StructPlan, value: unknown, goType: string): void {
    if (!isJsonObject(value)) return this.#save(value, goType);
    for (const key in value) {
      const field = plan.byName.get(key);
      if (!field || value[key] === null) continue;
      const outer = this.#struct;
      this.#struct = plan.goName;
      this.#path.push(key);
      this.#value(field.value, value[key]);
      this.#path.pop();
      this.#struct = outer;
    }
  }

  #value(plan: ValuePlan, value: unknown): void {
    if (value === null) return;
    switch (plan.kind) {
      case 'string':
        if (typeof value !== 'string') this.#save(value, plan.goType);
        return;
      case 'integer':
        if (typeof value !== 'number') this.#save(value, plan.goType);
        else if (!fitsInteger(value, plan.bits!)) this.#save(value, plan.goType, true);
        return;
      case 'number':
        if (typeof value !== 'number') this.#save(value, plan.goType);
        return;
      case 'boolean':
        if (typeof value !== 'boolean') this.#save(value, plan.goType);
        return;
      case 'bytes':
        if (typeof value !== 'string') return this.#save(value, plan.goType);
        try {
          canonicalBase64(value);
        } catch (error) {
          this.#saved ??= (error as Error).message;
        }
        return;
      case 'time':
      case 'microTime':
        if (typeof value !== 'string') throw new Stop(this.#mismatch(value, 'string'));
        return stopOn(() => (plan.kind === 'time' ? canonicaliseTime(value) : canonicaliseMicroTime(value)));
      case 'quantity': {
        const text = typeof value === 'string' || typeof value === 'number' ? quantityText(value) : '{}';
        return stopOn(() => canonicalQuantity(text));
      }
      case 'intOrString':
        if (typeof value === 'string') return;
        if (typeof value !== 'number') throw new Stop(this.#mismatch(value, 'int32'));
        if (!fitsInteger(value, 32)) throw new Stop(this.#mismatch(value, 'int32', true));
        return;
      case 'raw':
        return;
      case 'struct':
        return this.#fields(plan.struct!(), value, plan.goType);
      case 'list':
        if (!Array.isArray(value)) return this.#save(value, plan.goType);
        for (const item of value) this.#value(plan.item!, item);
        return;
      case 'map':
        if (!isJsonObject(value)) return this.#save(value, plan.goType);
        for (const key in value) this.#value(plan.item!, value[key]);
        return;
    }
  }
}

class Stop extends Error {}

function stopOn(run: () => unknown): void {
  try {
    run();
  } catch (error) {
    throw new Stop((error as Error).message);
  }
}

function fitsInteger(value: number, bits: 32 | 64): boolean {
  if (!Number.isInteger(value)) return false;
  return bits === 32 ? value === (value | 0) : Math.abs(value) <= 2 ** 63;
}

/** A number as it most likely stood in the text: integers in full, not in exponent form. */
const numberText = (value: number): string => (Number.isInteger(value) ? BigInt(value).toString() : String(value));
