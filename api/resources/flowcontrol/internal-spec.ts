/** The specs of flow control as upstream's server holds them: its messages show them so, fields under their Go names. */
import type {
  FlowSchemaSpec,
  LimitedPriorityLevelConfiguration,
  PolicyRulesWithSubjects,
  PriorityLevelConfigurationSpec,
  Subject,
} from '../../schema/generated/flowcontrol-v1.ts';

/** For messages only. Absent lists and structs are null, absent numbers 0 and flags false, as a Go struct has them. */
export function internalFlowSchemaSpec(spec: FlowSchemaSpec): unknown {
  const { distinguisherMethod: method } = spec;
  return {
    PriorityLevelConfiguration: { Name: spec.priorityLevelConfiguration.name },
    MatchingPrecedence: spec.matchingPrecedence ?? 0,
    DistinguisherMethod: method ? { Type: method.type } : null,
    Rules: spec.rules?.map(internalRules) ?? null,
  };
}

function internalRules({ subjects, resourceRules, nonResourceRules }: PolicyRulesWithSubjects): unknown {
  return {
    Subjects: subjects?.map(internalSubject) ?? null,
    ResourceRules:
      resourceRules?.map(({ verbs, apiGroups, resources, clusterScope, namespaces }) => ({
        Verbs: verbs ?? null,
        APIGroups: apiGroups ?? null,
        Resources: resources ?? null,
        ClusterScope: clusterScope ?? false,
        Namespaces: namespaces ?? null,
      })) ?? null,
    NonResourceRules:
      nonResourceRules?.map(({ verbs, nonResourceURLs }) => ({
        Verbs: verbs ?? null,
        NonResourceURLs: nonResourceURLs ?? null,
      })) ?? null,
  };
}

function internalSubject({ kind, user, group, serviceAccount: account }: Subject): unknown {
  return {
    Kind: kind ?? '',
    User: user ? { Name: user.name ?? '' } : null,
    Group: group ? { Name: group.name ?? '' } : null,
    ServiceAccount: account ? { Namespace: account.namespace ?? '', Name: account.name ?? '' } : null,
  };
}

/** As `internalFlowSchemaSpec`; absent numbers are null where the Go type points to them. */
export function internalPriorityLevelSpec({ type, limited, exempt }: PriorityLevelConfigurationSpec): unknown {
  return {
    Type: type ?? '',
    Limited: limited ? internalLimited(limited) : null,
    Exempt: exempt
      ? {
          NominalConcurrencyShares: exempt.nominalConcurrencyShares ?? null,
          LendablePercent: exempt.lendablePercent ?? null,
        }
      : null,
  };
}

function internalLimited(limited: LimitedPriorityLevelConfiguration): unknown {
  const { type = '', queuing } = limited.limitResponse ?? {};
  return {
    NominalConcurrencyShares: limited.nominalConcurrencyShares ?? 0,
    LimitResponse: {
      Type: type,
      Queuing: queuing
        ? {
            Queues: queuing.queues ?? 0,
            HandSize: queuing.handSize ?? 0,
            QueueLengthLimit: queuing.queueLengthLimit ?? 0,
          }
        : null,
    },
    LendablePercent: limited.lendablePercent ?? null,
    BorrowingLimitPercent: limited.borrowingLimitPercent ?? null,
  };
}
