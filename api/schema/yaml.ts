/**
 * YAML as upstream reads and writes it (sigs.k8s.io/yaml, which is YAML 1.1 of a kind): `yes`, `on` and `n` are booleans,
 * `0644` is octal, times stay strings, keys become strings.
 */
import {
  EVENT_ID,
  SCALAR_STYLE,
  YAMLException,
  getScalarValue,
  parseEvents,
  type Event,
  type ScalarEvent,
} from 'js-yaml';
import { setOwn } from './decode.ts';
import { readJsonInYaml } from './json-in-yaml.ts';
import { explainYamlError } from './yaml-complaint.ts';
import { resolvePlain, type Scalar } from './yaml-scalar.ts';

export { jsonToYaml } from './yaml-writer.ts';

/** Carries upstream's message, `yaml: …`; the API answers it as 400. */
export class YamlError extends Error {
  constructor(message: string) {
    super(`yaml: ${message}`);
    this.name = 'YamlError';
  }
}

export interface YamlDocument {
  /** As JSON.parse would give it; null for an empty document. */
  readonly value: unknown;
  /** What strict decoding reports, the last of the values having won: `line 9: key "a" already set in map`. */
  readonly duplicates: readonly string[];
}

/** Reads the first document of the text; others are ignored, as upstream's decoder does. Throws YamlError. */
export function parseYaml(text: string): YamlDocument {
  const json = readJsonInYaml(text);
  if (json !== undefined) return { value: json, duplicates: [] };
  let events: Event[];
  try {
    events = parseEvents(text, { maxDepth: 10_000 });
  } catch (error) {
    if (error instanceof YAMLException) throw new YamlError(explainYamlError(error, text));
    throw error;
  }
  const builder = new Builder(text, events);
  return { value: builder.document(), duplicates: builder.duplicates };
}

class Builder {
  readonly duplicates: string[] = [];
  readonly #text: string;
  readonly #events: readonly Event[];
  #at = 0;
  /** Where an anchor's node begins among the events. An alias reads it again, so that no two places share an object. */
  readonly #anchors = new Map<string, number>();
  readonly #open = new Set<string>();
  #aliasDepth = 0;
  /** The line that begins at a place of the text, from which on lines are counted. */
  #lineCounted = { upTo: 0, line: 1 };
  #made = 0;
  #madeByAlias = 0;

  constructor(text: string, events: readonly Event[]) {
    this.#text = text;
    this.#events = events;
  }

  document(): unknown {
    if (this.#events.length === 0) return null;
    this.#at = 1;
    const first = this.#events[1];
    return first === undefined || first.type === EVENT_ID.POP ? null : this.#node();
  }

  #node(): unknown {
    this.#countNode();
    const event = this.#events[this.#at]!;
    const start = this.#at++;
    if (event.type === EVENT_ID.ALIAS) return this.#alias(this.#slice(event.anchorStart, event.anchorEnd));
    if (event.type === EVENT_ID.SCALAR) {
      this.#anchor(event, start);
      return this.#scalar(event);
    }
    if (event.type !== EVENT_ID.SEQUENCE && event.type !== EVENT_ID.MAPPING) throw new YamlError('unexpected event');
    const anchor = this.#anchor(event, start);
    if (anchor !== undefined) this.#open.add(anchor);
    const value = event.type === EVENT_ID.SEQUENCE ? this.#sequence() : this.#mapping();
    if (anchor !== undefined) this.#open.delete(anchor);
    return value;
  }

  #anchor(event: { readonly anchorStart: number; readonly anchorEnd: number }, at: number): string | undefined {
    if (event.anchorStart < 0) return undefined;
    const name = this.#slice(event.anchorStart, event.anchorEnd);
    this.#anchors.set(name, at);
    return name;
  }

  #alias(name: string): unknown {
    const target = this.#anchors.get(name);
    if (target === undefined) throw new YamlError(`unknown anchor '${name}' referenced`);
    if (this.#open.has(name)) throw new YamlError(`anchor '${name}' value contains itself`);
    const back = this.#at;
    this.#at = target;
    this.#aliasDepth++;
    const value = this.#node();
    this.#aliasDepth--;
    this.#at = back;
    return value;
  }

  /** A few lines of aliases can stand for gigabytes; the bound is upstream's. */
  #countNode(): void {
    this.#made++;
    if (this.#aliasDepth > 0) this.#madeByAlias++;
    if (this.#madeByAlias <= 100 || this.#made <= 1000) return;
    const [low, high] = [400_000, 4_000_000];
    const allowed =
      this.#made <= low ? 0.99 : this.#made >= high ? 0.1 : 0.99 - 0.89 * ((this.#made - low) / (high - low));
    if (this.#madeByAlias / this.#made > allowed) throw new YamlError('document contains excessive aliasing');
  }

  #sequence(): unknown[] {
    const items: unknown[] = [];
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) items.push(this.#node());
    this.#at++;
    return items;
  }

  #mapping(): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const own = new Set<string>();
    while (this.#events[this.#at]!.type !== EVENT_ID.POP) {
      const keyEvent = this.#events[this.#at]!;
      const key = this.#node();
      if (key === '<<' && keyEvent.type === EVENT_ID.SCALAR && keyEvent.style === SCALAR_STYLE.PLAIN) {
        this.#merge(map, own, this.#node());
        continue;
      }
      const name = keyText(key);
      if (own.has(name))
        this.duplicates.push(`line ${this.#lineOf(keyEvent)}: key ${keyInMessage(key)} already set in map`);
      own.add(name);
      setOwn(map, name, this.#node());
    }
    this.#at++;
    return map;
  }

  #merge(map: Record<string, unknown>, own: ReadonlySet<string>, source: unknown): void {
    for (const each of Array.isArray(source) ? source.toReversed() : [source]) {
      if (typeof each !== 'object' || each === null || Array.isArray(each))
        throw new YamlError('map merge requires map or sequence of maps as the value');
      for (const [key, value] of Object.entries(each)) if (!own.has(key)) setOwn(map, key, value);
    }
  }

  #scalar(event: ScalarEvent): Scalar {
    const text = getScalarValue(this.#text, event);
    const tag = event.tagStart < 0 ? '' : this.#slice(event.tagStart, event.tagEnd);
    if (tag === '') return event.style === SCALAR_STYLE.PLAIN ? resolvePlain(text) : text;
    switch (tag.replace(/^!!|^!<tag:yaml\.org,2002:(.*)>$/, '$1')) {
      case 'int':
      case 'float':
      case 'bool':
      case 'null':
        return resolvePlain(text);
      case 'binary':
        return Buffer.from(text, 'base64').toString('utf8');
      default:
        return text;
    }
  }

  #slice(start: number, end: number): string {
    return this.#text.slice(start, end);
  }

  #lineOf(event: Event): number {
    const at =
      event.type === EVENT_ID.SCALAR ? event.valueStart : event.type === EVENT_ID.ALIAS ? event.anchorStart : 0;
    // Events come in order, but for those that an alias reads again.
    if (at < this.#lineCounted.upTo) this.#lineCounted = { upTo: 0, line: 1 };
    let { upTo, line } = this.#lineCounted;
    for (let i = this.#text.indexOf('\n', upTo); i >= 0 && i < at; i = this.#text.indexOf('\n', upTo)) {
      line++;
      upTo = i + 1;
    }
    this.#lineCounted = { upTo, line };
    return line;
  }
}

function keyText(key: unknown): string {
  if (typeof key === 'string') return key;
  if (typeof key === 'number' || typeof key === 'boolean') return String(key);
  if (key === null) return 'null';
  throw new YamlError(`invalid map key: ${JSON.stringify(key)}`);
}

/** As Go's %#v shows it. */
const keyInMessage = (key: unknown): string => (typeof key === 'string' ? JSON.stringify(key) : String(key));
