import { addInvalid, checkNotNegative, checkPort, unsupported, type Errors } from '../../meta/field-checks.ts';
import { forbiddenField, invalidValue, required } from '../../meta/field-error.ts';
import { isHttpHeaderName, isValidPortName } from '../../meta/names.ts';
import type { Container, HTTPGetAction, Lifecycle, Probe, SleepAction } from '../../schema/generated/core-v1.ts';
import type { IntOrString } from '../../schema/generated/meta-v1.ts';

type Handler = Pick<Probe, 'exec' | 'httpGet' | 'tcpSocket' | 'grpc'> & { sleep?: SleepAction };

/** Probes and lifecycle hooks of a container that runs as long as its pod. */
export function validateProbes(container: Container, gracePeriodSeconds: number, path: string, errors: Errors): void {
  const { lifecycle, livenessProbe, readinessProbe, startupProbe } = container;
  if (lifecycle) validateLifecycle(lifecycle, gracePeriodSeconds, `${path}.lifecycle`, errors);
  if (livenessProbe) validateSingleSuccessProbe(livenessProbe, gracePeriodSeconds, `${path}.livenessProbe`, errors);
  if (readinessProbe) {
    const at = `${path}.readinessProbe`;
    validateProbe(readinessProbe, gracePeriodSeconds, at, errors);
    const { terminationGracePeriodSeconds } = readinessProbe;
    if (terminationGracePeriodSeconds !== undefined) {
      errors.push(
        invalidValue(
          `${at}.terminationGracePeriodSeconds`,
          terminationGracePeriodSeconds,
          'must not be set for readinessProbes',
        ),
      );
    }
  }
  if (startupProbe) validateSingleSuccessProbe(startupProbe, gracePeriodSeconds, `${path}.startupProbe`, errors);
}

function validateSingleSuccessProbe(probe: Probe, gracePeriodSeconds: number, path: string, errors: Errors): void {
  validateProbe(probe, gracePeriodSeconds, path, errors);
  if (probe.successThreshold !== 1)
    errors.push(invalidValue(`${path}.successThreshold`, probe.successThreshold ?? 0, 'must be 1'));
}

function validateProbe(probe: Probe, gracePeriodSeconds: number, path: string, errors: Errors): void {
  validateHandler(probe, gracePeriodSeconds, path, errors);
  checkNotNegative(probe.initialDelaySeconds, `${path}.initialDelaySeconds`, errors);
  checkNotNegative(probe.timeoutSeconds, `${path}.timeoutSeconds`, errors);
  checkNotNegative(probe.periodSeconds, `${path}.periodSeconds`, errors);
  checkNotNegative(probe.successThreshold, `${path}.successThreshold`, errors);
  checkNotNegative(probe.failureThreshold, `${path}.failureThreshold`, errors);
  const grace = probe.terminationGracePeriodSeconds;
  if (grace !== undefined && grace <= 0)
    errors.push(invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0'));
}

function validateLifecycle(lifecycle: Lifecycle, gracePeriodSeconds: number, path: string, errors: Errors): void {
  if (lifecycle.postStart) validateHandler(lifecycle.postStart, gracePeriodSeconds, `${path}.postStart`, errors);
  if (lifecycle.preStop) validateHandler(lifecycle.preStop, gracePeriodSeconds, `${path}.preStop`, errors);
}

const handlerTypes = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const;

function validateHandler(handler: Handler, gracePeriodSeconds: number, path: string, errors: Errors): void {
  let count = 0;
  for (const type of handlerTypes) {
    if (!handler[type]) continue;
    if (count > 0) errors.push(forbiddenField(`${path}.${type}`, 'may not specify more than 1 handler type'));
    else validateAction(handler, type, gracePeriodSeconds, `${path}.${type}`, errors);
    count++;
  }
  if (count === 0) errors.push(required(path, 'must specify a handler type'));
}

function validateAction(
  handler: Handler,
  type: (typeof handlerTypes)[number],
  gracePeriodSeconds: number,
  path: string,
  errors: Errors,
): void {
  switch (type) {
    case 'exec':
      if (!handler.exec?.command?.length) errors.push(required(`${path}.command`));
      break;
    case 'httpGet':
      validateHttpGet(handler.httpGet!, path, errors);
      break;
    case 'tcpSocket':
      checkPortNumberOrName(handler.tcpSocket!.port, `${path}.port`, errors);
      break;
    case 'grpc':
      checkPort(handler.grpc!.port ?? 0, `${path}.port`, errors);
      break;
    case 'sleep': {
      const seconds = handler.sleep!.seconds ?? 0;
      if (seconds >= 0 && seconds <= gracePeriodSeconds) break;
      const range = `must be non-negative and less than terminationGracePeriodSeconds (${gracePeriodSeconds})`;
      errors.push(invalidValue(path, seconds, range));
    }
  }
}

function validateHttpGet(
  { path: urlPath, port, scheme, httpHeaders }: HTTPGetAction,
  path: string,
  errors: Errors,
): void {
  if (!urlPath) errors.push(required(`${path}.path`));
  checkPortNumberOrName(port, `${path}.port`, errors);
  if (scheme !== 'HTTP' && scheme !== 'HTTPS')
    errors.push(unsupported(`${path}.scheme`, scheme ?? '', ['HTTP', 'HTTPS']));
  for (const { name } of httpHeaders ?? [])
    addInvalid(isHttpHeaderName(name ?? ''), `${path}.httpHeaders`, name ?? '', errors);
}

/** A port by its number or by the name that the container gives it. */
export function checkPortNumberOrName(port: IntOrString | undefined, field: string, errors: Errors): void {
  if (typeof port === 'string') addInvalid(isValidPortName(port), field, port, errors);
  else checkPort(port ?? 0, field, errors);
}
