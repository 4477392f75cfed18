import { invalidValue } from '../../api/meta/field-error.ts';
import type { FieldError } from '../../api/meta/field-error.ts';
import { invalid } from '../../api/meta/errors.ts';
import { methodNotAllowed } from '../rest/path-errors.ts';
import { chooseContainer, locatePod } from './pod-location.ts';
import { errorOf } from './relay.ts';
import type { Subresource } from './subresource.ts';

/** Options of PodLogOptions that go on to the kubelet under the same names. */
const passedOn = ['follow', 'previous', 'sinceSeconds', 'sinceTime', 'timestamps', 'tailLines', 'limitBytes', 'stream'];

/** `pods/NAME/log`: what a container has written, from the kubelet of its node, as it comes. */
export const logSubresource: Subresource = {
  name: 'log',
  handle: async (deps, request) => {
    if (request.http.method !== 'GET') throw methodNotAllowed();
    const { query, signal } = request.http;
    const errors = validateLogOptions(query);
    if (errors.length > 0) throw invalid({ group: '', kind: 'PodLogOptions' }, request.name, errors);
    const { pod, node } = await locatePod(deps, request);
    const container = chooseContainer(pod, query.get('container') ?? '');
    const wanted = new URLSearchParams(passedOn.flatMap((name) => (query.has(name) ? [[name, query.get(name)!]] : [])));
    const path = `/containerLogs/${request.namespace}/${request.name}/${container}${wanted.size > 0 ? `?${wanted}` : ''}`;
    const response = await deps.kubelets.request(node, { method: 'GET', path, headers: {}, signal });
    if (response.statusCode !== 200) throw await errorOf(response);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain' },
      body: {
        kind: 'stream',
        write: async (sink, aborted) => {
          const stop = (): void => void response.destroy();
          aborted.addEventListener('abort', stop, { once: true });
          try {
            for await (const chunk of response) if (!sink.write(chunk as Buffer)) await sink.drained();
          } catch (error) {
            if (!aborted.aborted) throw error;
          } finally {
            response.destroy();
            aborted.removeEventListener('abort', stop);
          }
        },
      },
    };
  },
};

function validateLogOptions(query: URLSearchParams): FieldError[] {
  const errors: FieldError[] = [];
  const check = (name: string, min: number): void => {
    const text = query.get(name);
    if (text !== null && Number(text) < min)
      errors.push(
        invalidValue(
          name,
          Number(text),
          min === 0 ? 'must be greater than or equal to 0' : `must be greater than ${min - 1}`,
        ),
      );
  };
  check('tailLines', 0);
  check('limitBytes', 1);
  check('sinceSeconds', 1);
  return errors;
}
