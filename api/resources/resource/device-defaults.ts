import type {
  DeviceClaim,
  DeviceSubRequest,
  DeviceToleration,
  ExactDeviceRequest,
} from '../../schema/generated/resource-v1.ts';

/** Fills the requests of a claim: one device each, where they do not say. */
export function setDeviceClaimDefaults(claim: DeviceClaim): void {
  for (const { exactly, firstAvailable } of claim.requests ?? []) {
    if (exactly) setRequestDefaults(exactly);
    firstAvailable?.forEach(setRequestDefaults);
  }
}

function setRequestDefaults(request: ExactDeviceRequest | DeviceSubRequest): void {
  request.allocationMode ||= 'ExactCount';
  if (request.allocationMode === 'ExactCount') request.count ||= 1;
  setTolerationDefaults(request.tolerations);
}

/** Changes the tolerations in place: one without an operator, or with an empty one, gets `Equal`. */
export function setTolerationDefaults(tolerations: readonly DeviceToleration[] | undefined): void {
  for (const toleration of tolerations ?? []) toleration.operator ||= 'Equal';
}
