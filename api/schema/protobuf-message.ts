import { heldByValue } from './go-facts.ts';
import type { FieldPlan, StructPlan, ValuePlan } from './type-plan.ts';

/** A field of a protobuf message that stands for a struct of the API. */
export interface MessageField {
  readonly number: number;
  /** In JSON. Of an embedded struct, whose fields JSON has in the outer one, it is empty. */
  readonly name: string;
  readonly value: ValuePlan;
  /** Written also when absent, as its zero value: what Go holds by value and not by pointer. */
  readonly isAlways: boolean;
  /** Zero stands for absence: JSON leaves it out. */
  readonly isQuietZero: boolean;
  /** A list inside a message of its own, with `items` as field 1 (`Verbs`). */
  readonly isWrapped: boolean;
  /** The fields of an embedded struct, a message of its own on the wire. */
  readonly embedded?: readonly MessageField[];
}

const embeddedValue: ValuePlan = { kind: 'struct', goType: '' };

/** A struct's fields as its message has them, in the order of their numbers. */
export function messageFields(plan: StructPlan): readonly MessageField[] {
  const paths = plan.fields.flatMap((field): [readonly number[], FieldPlan][] => {
    const { pb } = field.facts;
    return pb === undefined ? [] : [[typeof pb === 'number' ? [pb] : pb, field]];
  });
  return fieldsAt(plan, paths);
}

function fieldsAt(plan: StructPlan, paths: readonly [readonly number[], FieldPlan][]): readonly MessageField[] {
  const fields = new Map<number, MessageField>();
  for (const [[number], field] of paths) {
    if (number === undefined || fields.has(number)) continue;
    const inner = paths.filter(([path]) => path[0] === number && path.length > 1);
    fields.set(
      number,
      inner.length === 0
        ? fieldOf(plan, number, field)
        : {
            number,
            name: '',
            value: embeddedValue,
            isAlways: true,
            isQuietZero: false,
            isWrapped: false,
            embedded: fieldsAt(
              plan,
              inner.map(([path, each]) => [path.slice(1), each]),
            ),
          },
    );
  }
  return [...fields.values()].sort((a, b) => a.number - b.number);
}

function fieldOf(plan: StructPlan, number: number, field: FieldPlan): MessageField {
  const { name, value, presence, zero, facts } = field;
  // What is required and yet has no zero but nil (a selector) is a pointer.
  const isPointer = presence === 'ifSet' || (value.kind === 'struct' && zero === null);
  const isQuietZero = heldByValue.has(`${plan.goName}.${name}`);
  return {
    number,
    name,
    value,
    isAlways: !isPointer || isQuietZero,
    isQuietZero,
    isWrapped: facts.pbType === 'Verbs',
  };
}
