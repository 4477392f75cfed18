/**
 * `npm run test:clients [-- NAME …]`: unmodified clients against k8ts. NAME is `kubectl`, `kubectl-1.NN`, or a client of
 * `index.ts`; all by default. The last line is `N passed, N failed, N skipped`; the exit code is 1 where anything failed.
 */
import Mocha from 'mocha';
import { programClients } from './index.ts';

const asked = process.argv.slice(2);
const known = ['kubectl', ...programClients.map(({ name }) => name)];
const unknown = asked.filter((name) => !known.includes(name) && !/^kubectl-1\.\d+$/.test(name));
if (unknown.length > 0) {
  process.stderr.write(`no such client: ${unknown.join(', ')}; there are ${known.join(', ')}, kubectl-1.NN\n`);
  process.exit(2);
}
process.env['K8TS_TEST_CLIENTS'] = asked.join(',');

const mocha = new Mocha({ timeout: 60_000, reporter: 'spec', forbidOnly: true });
mocha.addFile(new URL('clients.ts', import.meta.url).pathname);
await mocha.loadFilesAsync();
const { passes, failures, pending } = await new Promise<{ passes: number; failures: number; pending: number }>(
  (resolve) => {
    const runner = mocha.run(() => resolve({ passes: 0, failures: 0, pending: 0, ...runner.stats }));
  },
);
process.stdout.write(`\n${passes} passed, ${failures} failed, ${pending} skipped\n`, () => {
  process.exit(failures > 0 || passes + pending === 0 ? 1 : 0);
});
