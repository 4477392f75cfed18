import {
  binaryTag,
  boolYaml11Tag,
  CORE_SCHEMA,
  defineScalarTag,
  dump,
  loadAll,
  mergeTag,
  NOT_RESOLVED,
  YAMLException,
} from 'js-yaml';

/** A text that is not YAML as Kubernetes takes it; the message says where. */
export class YamlError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'YamlError';
  }
}

/** Go's strconv with base 0: 0644 and 0o644 are octal; 22:22 stays text, where YAML 1.1 would count by sixty. */
const goInt = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: ['-', '+', ...'0123456789'],
  resolve: (source) => {
    const match = /^([-+])?(?:0[bB]([01_]+)|0[xX]([\da-fA-F_]+)|0[oO]?([0-7_]+)|(0|[1-9][\d_]*))$/.exec(source);
    if (!match) return NOT_RESOLVED;
    const [, sign, binary, hex, octal, decimal] = match;
    const [digits, base] = binary ? [binary, 2] : hex ? [hex, 16] : octal ? [octal, 8] : [decimal!, 10];
    const number = parseInt(digits.replaceAll('_', ''), base as number);
    return Number.isNaN(number) ? NOT_RESOLVED : sign === '-' ? -number : number;
  },
  identify: () => false,
});

/** YAML as Kubernetes' tools read it (yes, on, y are booleans; dates stay text). */
const schema = CORE_SCHEMA.withTags(boolYaml11Tag, goInt, mergeTag, binaryTag);

/** Values a document may unfold to by aliases, beyond those a text of its length can spell. */
const maxUnfolded = 100_000;

/** The documents of a text; empty ones are left out. Throws YamlError, also for duplicate keys and alias bombs. */
export function parseYamlDocuments(text: string): unknown[] {
  let documents: unknown[];
  try {
    documents = loadAll(text, { schema });
  } catch (error) {
    throw new YamlError(error instanceof YAMLException ? error.message.split('\n')[0]! : String(error), error);
  }
  if (text.includes('*')) {
    let budget = maxUnfolded + text.length;
    const spend = (value: unknown): void => {
      if (--budget < 0) throw new YamlError('the document unfolds to too much by its aliases');
      if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) spend(part);
    };
    documents.forEach(spend);
  }
  return documents.filter((document) => document != null);
}

/** The one document of a text; undefined where it is empty. Throws YamlError. */
export function parseYaml(text: string): unknown {
  const documents = parseYamlDocuments(text);
  if (documents.length > 1) throw new YamlError(`expected one document, found ${documents.length}`);
  return documents[0];
}

/** A value as kubectl prints YAML: lists not indented, no line folding, no references. Keys stay in their order. */
export function toYaml(value: unknown): string {
  return dump(value, { seqNoIndent: true, lineWidth: -1, noRefs: true, skipInvalid: true, quoteStyle: 'double' });
}
