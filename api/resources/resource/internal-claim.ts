/** Specs of claims and what was allocated to them, as upstream's messages show them: its internal types, every field. */
import { internalNodeSelector } from '../core/internal-form.ts';
import type {
  AllocationResult,
  CapacityRequirements,
  DeviceClaim,
  DeviceClaimConfiguration,
  DeviceRequestAllocationResult,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
  ResourceClaimSpec,
  ResourceClaimTemplateSpec,
} from '../../schema/generated/resource-v1.ts';

/**
 * Of a ResourceClaim; that of a PersistentVolumeClaim is in `core/internal-form.ts`. It shares parts with `spec`, so it
 * is only to be shown.
 */
export function internalClaimSpec(spec: ResourceClaimSpec): unknown {
  return { Devices: internalDevices(spec.devices ?? {}) };
}

/** As `internalClaimSpec`, beside the fields of the template's metadata under their JSON names: Go embeds them. */
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
    Config: config?.map(internalConfiguration) ?? null,
  };
}

function internalConfiguration({ requests, opaque }: DeviceClaimConfiguration): object {
  return {
    Requests: requests ?? null,
    Opaque: opaque ? { Driver: opaque.driver, Parameters: opaque.parameters } : null,
  };
}

/** As `internalClaimSpec`, of `status.allocation`: what is absent is null. */
export function internalAllocation({ devices = {}, nodeSelector, allocationTimestamp }: AllocationResult): unknown {
  return {
    Devices: {
      Results: devices.results?.map(internalResult) ?? null,
      Config: devices.config?.map((item) => ({ Source: item.source, ...internalConfiguration(item) })) ?? null,
    },
    NodeSelector: nodeSelector ? internalNodeSelector(nodeSelector) : null,
    AllocationTimestamp: allocationTimestamp ?? null,
  };
}

function internalResult(result: DeviceRequestAllocationResult): unknown {
  return {
    Request: result.request,
    Driver: result.driver,
    Pool: result.pool,
    Device: result.device,
    AdminAccess: result.adminAccess ?? null,
    Tolerations: internalTolerations(result),
    BindingConditions: result.bindingConditions ?? null,
    BindingFailureConditions: result.bindingFailureConditions ?? null,
    ShareID: result.shareID ?? null,
    ConsumedCapacity: result.consumedCapacity ?? null,
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

function internalTolerations({ tolerations }: { readonly tolerations?: readonly DeviceToleration[] }): unknown {
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
