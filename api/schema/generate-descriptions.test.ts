import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseDeclaration, readDescriptions } from './generate-descriptions.ts';
import { loadSchemaTable } from './schema-table.ts';

describe('descriptions', () => {
  it('come from the comments before a class and its properties', () => {
    const source = `/**
 * Generator
 */
import { X } from './X.js';
/**
* A widget\\'s words.
*/
export declare class V1Widget {
    /**
    * Says \\"what\\".
    */
    '_default'?: any;
    /**
    * Hyphens.
    */
    'x_kubernetes_map_type'?: string;
    'plain'?: string;
}
`;
    assert.deepEqual(parseDeclaration(source, ['default', 'x-kubernetes-map-type', 'plain']), {
      description: "A widget's words.",
      fields: { default: 'Says "what".', 'x-kubernetes-map-type': 'Hyphens.' },
    });
  });

  it('are found for the types of the table', () => {
    const models = new URL('../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);
    const words = readDescriptions(loadSchemaTable(), models);
    assert.match(words['io.k8s.api.core.v1.Pod']!.description!, /^Pod is a collection of containers/);
    assert.match(words['io.k8s.api.core.v1.Container']!.fields!['image']!, /image/i);
    assert.match(words['io.k8s.api.events.v1.Event']!.fields!['note']!, /./);
    assert.ok(words['io.k8s.api.discovery.v1.EndpointPort']!.description);
    assert.ok(Object.keys(words).length > 550);
  });

  it('are none where the package is not installed', () => {
    assert.deepEqual(readDescriptions(loadSchemaTable(), new URL('file:///nowhere/')), {});
  });
});
