/** Specs of claims as upstream's messages show them: its internal types, every field. */
import type {
  CapacityRequirements,
  DeviceClaim,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaimSpec,
  ResourceClaimTemplateSpec,
} from '../../schema/generated/resource-v1.ts';

export function internalClaimSpec(spec: ResourceClaimSpec): unknown {
  return { Devices: internalDevices(spec.devices ?? {}) };
}

export function internalTemplateSpec({ metadata = {}, spec }: ResourceClaimTemplateSpec): unknown {
  return { ...metadata, Spec: internalClaimSpec(spec) };
}

function internalDevices({ requests, constraints, config }: DeviceClaim): unknown {
  return {
    Requests:
      requests?.map(({ name, exactly, firstAvailable }) => ({
        Name: name,
        Exactly: exactly ? internalExact(exactly) : null,
        FirstAvailable: firstAvailable?.map(internalAlternative) ?? null,
      })) ?? null,
    Constraints:
      constraints?.map((constraint) => ({
        Requests: constraint.requests ?? null,
        MatchAttribute: constraint.matchAttribute ?? null,
        DistinctAttribute: constraint.distinctAttribute ?? null,
      })) ?? null,
    Config:
      config?.map((item) => ({
        Requests: item.requests ?? null,
        Opaque: item.opaque ? { Driver: item.opaque.driver, Parameters: item.opaque.parameters } : null,
      })) ?? null,
  };
}

function internalExact(request: ExactDeviceRequest): unknown {
  return {
    DeviceClassName: request.deviceClassName,
    Selectors: internalSelectors(request),
    AllocationMode: request.allocationMode ?? '',
    Count: request.count ?? 0,
    AdminAccess: request.adminAccess ?? null,
    Tolerations: internalTolerations(request),
    Capacity: internalCapacity(request.capacity),
  };
}

function internalAlternative(request: DeviceSubRequest): unknown {
  return {
    Name: request.name,
    DeviceClassName: request.deviceClassName,
    Selectors: internalSelectors(request),
    AllocationMode: request.allocationMode ?? '',
    Count: request.count ?? 0,
    Tolerations: internalTolerations(request),
    Capacity: internalCapacity(request.capacity),
  };
}

type Wanted = ExactDeviceRequest | DeviceSubRequest;

function internalSelectors({ selectors }: Wanted): unknown {
  return selectors?.map(({ cel }) => ({ CEL: cel ? { Expression: cel.expression } : null })) ?? null;
}

function internalTolerations({ tolerations }: Wanted): unknown {
  return (
    tolerations?.map(({ key, operator, value, effect, tolerationSeconds }) => ({
      Key: key ?? '',
      Operator: operator ?? '',
      Value: value ?? '',
      Effect: effect ?? '',
      TolerationSeconds: tolerationSeconds ?? null,
    })) ?? null
  );
}

function internalCapacity(capacity: CapacityRequirements | undefined): unknown {
  return capacity ? { Requests: capacity.requests ?? null } : null;
}
