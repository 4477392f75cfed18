import type { StructPlan, ValuePlan } from './type-plan.ts';

/**
 * Paths of keys that stand twice in one object of the text, each once, in document order: what strict decoding reports
 * as `duplicate field "data.a"`. `parsed` is what JSON.parse made of the text, before decoding has touched it; where the
 * counts of keys agree, which costs microseconds, nothing more is done. With a plan, keys inside unknown fields and
 * free-form values are left alone, as upstream does.
 */
export function duplicateFields(text: string, parsed: unknown, plan?: StructPlan): string[] {
  if (countKeyMarks(text) === countKeys(parsed)) return [];
  return new Scanner(text).scan(plan);
}

/** `":` ends every key; inside a string its quote is escaped and so counts too: never fewer than there are keys. */
function countKeyMarks(text: string): number {
  let count = 0;
  for (let at = text.indexOf('":'); at >= 0; at = text.indexOf('":', at + 2)) count++;
  return count;
}

function countKeys(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  let count = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') count += countKeys(item);
    return count;
  }
  for (const key in value) {
    count++;
    const item = (value as Record<string, unknown>)[key];
    if (typeof item === 'object') count += countKeys(item);
  }
  return count;
}

/** Walks text that JSON.parse has accepted. */
class Scanner {
  readonly #text: string;
  #at = 0;
  readonly #found = new Set<string>();

  constructor(text: string) {
    this.#text = text;
  }

  scan(plan: StructPlan | undefined): string[] {
    this.#value('', plan && { kind: 'struct', goType: '', struct: () => plan }, plan !== undefined);
    return [...this.#found];
  }

  #skipSpace(): void {
    while (' \t\r\n'.includes(this.#text[this.#at] ?? 'x')) this.#at++;
  }

  /** `strict`: the type is known, so values without a plan are free-form and not looked into. */
  #value(path: string, plan: ValuePlan | undefined, strict: boolean): void {
    this.#skipSpace();
    const first = this.#text[this.#at];
    if (first === '{') this.#object(path, plan, strict);
    else if (first === '[') this.#list(path, plan, strict);
    else if (first === '"') this.#string();
    else while (this.#at < this.#text.length && !',]} \t\r\n'.includes(this.#text[this.#at]!)) this.#at++;
  }

  #object(path: string, plan: ValuePlan | undefined, strict: boolean): void {
    const seen = new Set<string>();
    const report = !strict || plan?.kind === 'struct' || plan?.kind === 'map';
    this.#at++;
    for (;;) {
      this.#skipSpace();
      if (this.#text[this.#at] === '}') break;
      const key = this.#string();
      const at = path === '' ? key : `${path}.${key}`;
      const field = plan?.kind === 'struct' ? plan.struct!().byName.get(key)?.value : plan?.item;
      if (report && seen.has(key) && (!strict || plan!.kind === 'map' || field)) this.#found.add(at);
      seen.add(key);
      this.#skipSpace();
      this.#at++;
      this.#value(at, field, strict);
      this.#skipSpace();
      if (this.#text[this.#at] === ',') this.#at++;
    }
    this.#at++;
  }

  #list(path: string, plan: ValuePlan | undefined, strict: boolean): void {
    this.#at++;
    for (let i = 0; ; i++) {
      this.#skipSpace();
      if (this.#text[this.#at] === ']') break;
      this.#value(`${path}[${i}]`, plan?.kind === 'list' ? plan.item : undefined, strict);
      this.#skipSpace();
      if (this.#text[this.#at] === ',') this.#at++;
    }
    this.#at++;
  }

  #string(): string {
    const start = this.#at++;
    while (this.#text[this.#at] !== '"') this.#at += this.#text[this.#at] === '\\' ? 2 : 1;
    this.#at++;
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }
}
