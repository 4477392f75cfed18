import type { DeepReadonly } from '../../api/meta/object.ts';
import type { DeploymentCondition } from '../../api/schema/generated/apps-v1.ts';

/** Conditions of a Deployment; a transition time moves with the status, an update time with the reason. */
export class DeploymentConditions {
  list: DeploymentCondition[];
  readonly #now: string;

  constructor(before: DeepReadonly<DeploymentCondition[]> | undefined, now: string) {
    this.list = (before ?? []).map((condition) => ({ ...condition }));
    this.#now = now;
  }

  get(type: string): DeploymentCondition | undefined {
    return this.list.find((condition) => condition.type === type);
  }

  /** Nothing changes where status and reason stay: the message of the first time stands. */
  set(condition: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>): void {
    const before = this.get(condition.type);
    if (before?.status === condition.status && before.reason === condition.reason) return;
    this.touch(condition);
  }

  /** As `set`, and counts as news in any case. */
  touch(condition: Pick<DeploymentCondition, 'type' | 'status' | 'reason' | 'message'>): void {
    const before = this.get(condition.type);
    const lastTransitionTime = before?.status === condition.status ? before.lastTransitionTime : this.#now;
    this.list = [
      ...this.list.filter(({ type }) => type !== condition.type),
      {
        type: condition.type,
        status: condition.status,
        lastUpdateTime: this.#now,
        lastTransitionTime,
        reason: condition.reason,
        message: condition.message,
      },
    ];
  }

  remove(type: string): void {
    this.list = this.list.filter((condition) => condition.type !== type);
  }
}
