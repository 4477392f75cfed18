import type { DeepReadonly } from '../../api/meta/object.ts';
import { flowSchemas } from '../../api/resources/flowcontrol/flow-schema.ts';
import { priorityLevelConfigurations } from '../../api/resources/flowcontrol/priority-level-configuration.ts';
import type { FlowSchema, PriorityLevelConfiguration } from '../../api/schema/generated/flowcontrol-v1.ts';
import type { Deps } from '../../component/deps.ts';
import type { RequestInfo } from '../stages/request-info.ts';
import type { CacheReader } from '../storage/cache-reader.ts';
import { allocate } from './concurrency-allocation.ts';
import { catchAllName, defaultLevels, defaultSchemas, exemptName } from './default-objects.ts';
import { FairQueueSet, type QueueSetConfig } from './fair-queue-set.ts';
import { coversRequest, rulesOfUser, type FlowUser } from './flow-schema-rules.ts';
import { DroppedRequests } from './dropped-requests.ts';
import { limitsOf, queueSetConfigOf, type LevelLimits } from './level-limits.ts';
import { SeatDemand, type SeatDemandStatistics } from './seat-demand.ts';
import { dealHand } from './shuffle-sharding.ts';
import { FlowStatistics } from './flow-statistics.ts';

const adjustmentMs = 10_000;
/** Users and flows remembered; past this all are forgotten, and looked at anew. */
const maxRemembered = 10_000;

/** A priority level at work. */
export interface PriorityLevel {
  readonly name: string;
  uid: string;
  spec: DeepReadonly<PriorityLevelConfiguration>['spec'];
  config: QueueSetConfig;
  readonly set: FairQueueSet;
  readonly demand: SeatDemand;
  readonly dropped: DroppedRequests;
  limits: LevelLimits;
  /** Seats at the moment, after lending and borrowing. */
  currentLimit: number;
  target: number;
  statistics: SeatDemandStatistics;
  /** Its object is gone; it goes when the last of its requests has. */
  isQuiescing: boolean;
}

/** A flow schema at work. */
export interface ActiveSchema {
  readonly name: string;
  readonly uid: string;
  readonly object: DeepReadonly<FlowSchema>;
  readonly level: PriorityLevel;
  readonly statistics: FlowStatistics;
  /** The queues of its flows, by what its distinguisher method tells apart. */
  readonly hands: Map<string, readonly number[]>;
}

/** The schemas whose subjects include a user, in the order in which they are asked. */
interface UserPlan {
  readonly groups: readonly string[];
  readonly candidates: readonly { readonly schema: ActiveSchema; readonly rules: ReturnType<typeof rulesOfUser> }[];
}

/**
 * The configuration of API Priority and Fairness as of now: it follows the flow schemas and priority levels of the store,
 * and every ten seconds moves seats from levels that need few to those that need more. The mandatory `exempt` and
 * `catch-all` are there whatever the store says.
 */
export class FlowController {
  readonly #deps: Deps;
  readonly #reader: CacheReader;
  readonly #serverSeats: number;
  #schemas: readonly ActiveSchema[] = [];
  #levels = new Map<string, PriorityLevel>();
  readonly #plans = new Map<string, UserPlan>();
  readonly #statistics = new Map<string, FlowStatistics>();
  fairFraction = 0;

  constructor(deps: Deps, options: { readonly reader: CacheReader; readonly serverSeats: number }) {
    this.#deps = deps;
    this.#reader = options.reader;
    this.#serverSeats = options.serverSeats;
    this.digest([], []);
  }

  get levels(): Iterable<PriorityLevel> {
    return this.#levels.values();
  }

  get schemas(): readonly ActiveSchema[] {
    return this.#schemas;
  }

  get statistics(): Iterable<FlowStatistics> {
    return this.#statistics.values();
  }

  /** Follows the configuration until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let isDue = false;
    const changed = (): void => {
      if (isDue || signal.aborted) return;
      isDue = true;
      queueMicrotask(() => {
        isDue = false;
        this.digest(this.#reader.list(priorityLevelConfigurations), this.#reader.list(flowSchemas));
      });
    };
    const ends = [
      this.#reader.onChange(priorityLevelConfigurations, changed),
      this.#reader.onChange(flowSchemas, changed),
    ];
    try {
      for (;;) {
        await this.#deps.clock.sleep(adjustmentMs, signal);
        if ([...this.#levels.values()].some(({ isQuiescing, set }) => isQuiescing && set.isIdle)) changed();
        this.adjust();
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      for (const end of ends) end();
    }
  }

  /** The first schema, by precedence, that is about the user and the request. */
  classify(user: FlowUser, info: RequestInfo): ActiveSchema {
    for (const { schema, rules } of this.#planOf(user).candidates) if (coversRequest(rules, info)) return schema;
    return this.#schemas.find(({ name }) => name === catchAllName)!;
  }

  /** The queues that the request's flow may use; none where its level has none. */
  handOf({ name, object, level, hands }: ActiveSchema, user: FlowUser, info: RequestInfo): readonly number[] {
    const { queuing } = level.config;
    if (!queuing) return noQueues;
    const method = object.spec?.distinguisherMethod?.type;
    const distinguisher = method === 'ByUser' ? user.name : method === 'ByNamespace' ? info.namespace : '';
    let hand = hands.get(distinguisher);
    if (!hand) {
      if (hands.size >= maxRemembered) hands.clear();
      hand = dealHand({ flowSchema: name, distinguisher }, queuing);
      hands.set(distinguisher, hand);
    }
    return hand;
  }

  /** Takes a configuration in; what contradicts itself counts as not there. */
  digest(
    levelObjects: readonly DeepReadonly<PriorityLevelConfiguration>[],
    schemaObjects: readonly DeepReadonly<FlowSchema>[],
  ): void {
    const levels = new Map<string, PriorityLevel>();
    for (const object of withMandatory(levelObjects, defaultLevels)) {
      const name = object.metadata.name!;
      const config = queueSetConfigOf(name, object.spec);
      if (config) levels.set(name, this.#levelOf(object, config));
      else this.#deps.log.warn('priority level ignored: its spec contradicts itself', { priorityLevel: name });
    }
    for (const [name, level] of this.#levels) {
      if (levels.has(name) || level.set.isIdle) continue;
      level.isQuiescing = true;
      levels.set(name, level);
    }
    const all = [...levels.values()];
    const limits = limitsOf(
      all.map(({ spec }) => spec!),
      this.#serverSeats,
    );
    for (const [at, level] of all.entries()) level.limits = limits[at]!;
    this.#levels = levels;
    this.#schemas = this.#schemasOf(withMandatory(schemaObjects, defaultSchemas));
    this.#plans.clear();
    this.adjust();
  }

  /** Divides the seats anew by what the levels wanted since the last time. */
  adjust(): void {
    const levels = [...this.#levels.values()];
    const shares = levels.map((level) => {
      level.statistics = level.demand.take();
      const { nominal, lower, upper } = level.limits;
      const lowerBound = Math.max(lower, Math.min(nominal, level.statistics.highWatermark));
      level.target = Math.max(lowerBound, level.statistics.smoothed);
      return { target: level.target, lowerBound, upperBound: upper };
    });
    const sum = levels.reduce((total, { limits }) => total + limits.nominal, 0);
    const division = allocate(sum, shares);
    if (division) this.fairFraction = division.fairFraction;
    for (const [at, level] of levels.entries()) {
      level.currentLimit = division
        ? Math.round(division.allocations[at]!)
        : level.currentLimit || level.limits.nominal;
      level.set.configure(level.config, level.currentLimit);
    }
  }

  #levelOf(object: DeepReadonly<PriorityLevelConfiguration>, config: QueueSetConfig): PriorityLevel {
    const name = object.metadata.name!;
    const known = this.#levels.get(name);
    const uid = object.metadata.uid ?? '';
    if (known) return Object.assign(known, { uid, spec: object.spec, config, isQuiescing: false });
    const demand = new SeatDemand(this.#deps.clock);
    return {
      name,
      uid,
      spec: object.spec,
      config,
      set: new FairQueueSet(this.#deps.clock, demand),
      demand,
      dropped: new DroppedRequests(),
      limits: { nominal: 0, lower: 0, upper: 0, maxSeats: 0 },
      currentLimit: 0,
      target: 0,
      statistics: demand.take(),
      isQuiescing: false,
    };
  }

  /** In the order in which they are asked: by precedence, then by name. */
  #schemasOf(objects: readonly DeepReadonly<FlowSchema>[]): ActiveSchema[] {
    return objects
      .flatMap((object) => {
        const name = object.metadata.name!;
        const level = this.#levels.get(object.spec?.priorityLevelConfiguration.name ?? '');
        if (!level || level.isQuiescing) return [];
        const statistics = this.#statisticsOf(level.name, name);
        return [{ name, uid: object.metadata.uid ?? '', object, level, statistics, hands: new Map() }];
      })
      .sort((a, b) => precedenceOf(a.object) - precedenceOf(b.object) || (a.name < b.name ? -1 : 1));
  }

  #statisticsOf(level: string, schema: string): FlowStatistics {
    const key = `${level}/${schema}`;
    const known = this.#statistics.get(key) ?? new FlowStatistics(level, schema);
    this.#statistics.set(key, known);
    return known;
  }

  #planOf(user: FlowUser): UserPlan {
    const known = this.#plans.get(user.name);
    if (known && areSame(known.groups, user.groups)) return known;
    if (this.#plans.size >= maxRemembered) this.#plans.clear();
    const plan: UserPlan = {
      groups: user.groups,
      candidates: this.#schemas.flatMap((schema) => {
        const rules = rulesOfUser(schema.object.spec!, user);
        return rules.length ? [{ schema, rules }] : [];
      }),
    };
    this.#plans.set(user.name, plan);
    return plan;
  }
}

const noQueues: readonly number[] = [];

function precedenceOf({ spec }: DeepReadonly<FlowSchema>): number {
  return spec?.matchingPrecedence ?? 1000;
}

/** What must always be there is, as it comes out of the box where the store has none. */
function withMandatory<T extends DeepReadonly<FlowSchema> | DeepReadonly<PriorityLevelConfiguration>>(
  objects: readonly T[],
  defaults: readonly T[],
): T[] {
  const missing = defaults.filter(
    ({ metadata: { name } }) =>
      (name === exemptName || name === catchAllName) && !objects.some(({ metadata }) => metadata.name === name),
  );
  return [...objects, ...missing];
}

function areSame(a: readonly string[], b: readonly string[]): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}
