import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { services } from '../../api/resources/core/service.ts';
import { events } from '../../api/resources/core/event.ts';
import { startTestApiServer, type TestApiServer } from '../../test/support/api-server.ts';
import { createTestCli, type TestCli } from '../../test/support/run-cli.ts';

describe('k8ts describe', () => {
  let server: TestApiServer;
  let cli: TestCli;
  before(async () => {
    server = await startTestApiServer();
    cli = createTestCli(server);
    const metadata = { namespace: 'default', name: 'web', labels: { b: '2', a: '1' } };
    await server.client.create(services, {
      metadata,
      spec: { selector: { app: 'web' }, ports: [{ name: 'http', port: 80 }] },
    });
    await server.client.create(events, {
      metadata: { namespace: 'default', name: 'web.1' },
      involvedObject: { kind: 'Service', namespace: 'default', name: 'web' },
      type: 'Warning',
      reason: 'Trouble',
      message: 'nothing answers',
      source: { component: 'tester' },
      lastTimestamp: '2026-01-01T00:00:00Z',
      count: 3,
    });
  });
  after(async () => {
    cli.remove();
    await server.stop();
  });

  it('shows metadata, every field by name, and events', async () => {
    const { stdout, stderr } = await cli.run(['describe', 'svc/web']);
    assert.equal(stderr, '');
    assert.match(stdout, /^Name: +web\nNamespace: +default\nLabels: +a=1\n +b=2\nAnnotations: +<none>\n/);
    assert.match(stdout, /\nSpec:\n[\s\S]* {2}Cluster IP: +10\./);
    assert.match(stdout, /\n {2}Ports:\n {4}http:\n[\s\S]* {6}Port: +80\n/);
    assert.match(
      stdout,
      /\nEvents:\n {2}Type +Reason +Age +From +Message\n {2}Warning +Trouble +\S+ \(x3\) +tester +nothing answers\n$/,
    );
  });

  it('says where nothing happened', async () => {
    assert.match(
      (await cli.run(['describe', 'ns', 'default'])).stdout,
      /^Name: +default\n[\s\S]*\nEvents: {2}<none>\n$/,
    );
  });
});
