/** The part of a CPU profile (`.cpuprofile`, DevTools protocol `Profiler.Profile`) that is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  /** The node that ran at each sample. */
  readonly samples: readonly number[];
  /** Microseconds from the sample before. */
  readonly timeDeltas: readonly number[];
}

/** First match wins. What is matched is the file that runs, and after ` > ` the native function it called. */
const parts: readonly (readonly [string, RegExp])[] = [
  ['TLS, sockets and system calls', /^\(program\)|^node:(net|internal\/tls)\b|> writeBuffer$/],
  ["Node's HTTP/2, streams, buffers and ticks", /^node:/],
  ['garbage', /^\(garbage collector\)/],
  ['encoding', /api\/schema\/encode/],
  ['reading the body', /api\/meta\/json-text|api\/schema\/decode|apiserver\/rest\/read-body/],
  ['defaults, validation and warnings', /api\/resources\//],
  ['managers of fields', /api\/apply\//],
  ['etcd', /etcd3-storage|node_modules\/(protobufjs|long|@grpc|etcd3)\//],
  ['admission', /apiserver\/(admission\/|rest\/admit)/],
  ['parsing what is stored', /apiserver\/rest\/object-store/],
  ['YAML', /node_modules\/js-yaml\//],
  ['copies to change', /api\/meta\/clone/],
  ['the store and its cache', /apiserver\/storage\//],
];

const rest = 'stages of the server and all else';

/** Microseconds that each part of the server took itself, the most first; without the time in which nothing ran. */
export function costByPart({ nodes, samples, timeDeltas }: CpuProfile): [part: string, micros: number][] {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const callers = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const placeOf = (id: number): string => {
    const { functionName, url } = byId.get(id)!.callFrame;
    if (url !== '') return url;
    const caller = callers.get(id);
    return functionName.startsWith('(') || caller === undefined ? functionName : `${placeOf(caller)} > ${functionName}`;
  };
  const partOfNode = new Map(nodes.map(({ id }) => [id, partOf(placeOf(id))]));
  const costs = new Map<string, number>();
  for (const [index, id] of samples.entries()) {
    const part = partOfNode.get(id);
    if (part) costs.set(part, (costs.get(part) ?? 0) + timeDeltas[index]!);
  }
  return [...costs].sort(([, a], [, b]) => b - a);
}

function partOf(place: string): string | undefined {
  // The profiler's own time is none of the server's.
  if (/^\((idle|root)\)|^node:inspector|bench\/profile\//.test(place)) return undefined;
  return parts.find(([, pattern]) => pattern.test(place))?.[0] ?? rest;
}
