import type { ApiRequest } from '../request.ts';
import { isTrue, type RequestInfo } from '../stages/request-info.ts';

/** What a request costs: seats while it runs, and seats held for a while after it, when watchers are told of what it did. */
export interface WorkEstimate {
  readonly initialSeats: number;
  readonly finalSeats: number;
  readonly additionalMs: number;
}

/** What the estimate is made from. */
export interface Counts {
  /** Stored objects of a resource; undefined where it is none of ours. */
  objects(group: string, resource: string): number | undefined;
  /** Open watches that hear of a change to what the request is about. */
  watches(info: RequestInfo): number;
}

/** The most seats one request takes, however much its level has. */
const maxSeatsOfAll = 10;
const objectsPerSeat = 100;
const watchesPerSeat = 10;
/** For how long a seat is taken by telling a watcher of one change. */
const msPerEvent = 5;

const one: WorkEstimate = { initialSeats: 1, finalSeats: 0, additionalMs: 0 };
/** Made once: lists and writes take only a few seats each. */
const wide: readonly WorkEstimate[] = Array.from({ length: maxSeatsOfAll + 1 }, (_, seats) => ({
  ...one,
  initialSeats: seats,
}));

/** The work of a request as upstream estimates it. `maxSeats`: what its priority level gives one request; 0 is no limit. */
export function estimateWork(
  request: Pick<ApiRequest, 'query'>,
  info: RequestInfo,
  maxSeats: number,
  counts: Counts,
): WorkEstimate {
  if (!info.isResource) return one;
  const limit = maxSeats === 0 ? maxSeatsOfAll : Math.min(maxSeats, maxSeatsOfAll);
  switch (info.verb) {
    case 'list':
      return estimateList(request.query, info, limit, counts);
    case 'watch':
      return isTrue(request.query.get('sendInitialEvents')) ? estimateList(request.query, info, limit, counts) : one;
    case 'create':
    case 'update':
    case 'patch':
    case 'delete':
      return estimateWrite(info, limit, counts);
    default:
      return one;
  }
}

function estimateList(query: URLSearchParams, info: RequestInfo, maxSeats: number, counts: Counts): WorkEstimate {
  // A list narrowed to one name is read like a get.
  if (info.name !== '') return one;
  const stored = counts.objects(info.group, info.resource);
  if (stored === undefined) return one;
  const asked = Number(query.get('limit') ?? 0);
  const page = asked > 0 && asked < stored ? asked : stored;
  let objects = stored;
  if (info.verb === 'list' && isReadFromStore(query))
    objects = query.get('labelSelector') || query.get('fieldSelector') ? stored + page : 2 * page;
  return wide[Math.max(1, Math.min(maxSeats, Math.ceil(objects / objectsPerSeat)))]!;
}

/** What upstream's watch cache leaves to etcd. */
function isReadFromStore(query: URLSearchParams): boolean {
  const match = query.get('resourceVersionMatch') ?? '';
  const version = query.get('resourceVersion') ?? '';
  if (match !== '' && match !== 'NotOlderThan') return true;
  if (match === '' && Number(query.get('limit') ?? 0) > 0 && version !== '' && version !== '0') return true;
  return Boolean(query.get('continue'));
}

function estimateWrite(info: RequestInfo, maxSeats: number, counts: Counts): WorkEstimate {
  // A token is nothing that watchers hear of.
  if (info.resource === 'serviceaccounts' && info.subresource === 'token') return one;
  const watches = counts.watches(info);
  if (watches < watchesPerSeat) return one;
  const seats = Math.ceil(watches / watchesPerSeat);
  const finalSeats = Math.min(seats, maxSeats);
  return { initialSeats: 1, finalSeats, additionalMs: (seats * msPerEvent) / finalSeats };
}
