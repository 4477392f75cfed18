export interface ObjectReference {
  readonly name: string;
  readonly uid: string;
}

/** The private claim `kubernetes.io`, as upstream names its parts. */
export interface KubernetesClaim {
  readonly namespace?: string;
  readonly node?: Partial<ObjectReference>;
  readonly pod?: ObjectReference;
  readonly secret?: ObjectReference;
  readonly serviceaccount?: ObjectReference;
  readonly warnafter?: number;
}
