import { markAnnotation, markPatch, podName } from '../manifests.ts';
import { measure, Meter } from '../measurement.ts';
import { podsPath, type Scenario } from '../scenario.ts';

const maxWrites = 300;
const writeConcurrency = 8;
/** Events that have not come by then are lost. */
const patienceMs = 60_000;

const marker = Buffer.from(`"${markAnnotation}":"`);

export const watch: Scenario = {
  name: 'watch',
  about: 'events to many watchers of all pods; latency is from the write to its event',
  pods: 'reads',
  async run(context) {
    const { client, clock } = context;
    const path = podsPath(context);
    const writes = Math.min(maxWrites, context.pods);
    const expected = writes * context.watchers;
    const first = await client.send({ method: 'GET', path: `${path}?limit=1` }, { keepBody: true });
    const { metadata } = JSON.parse(first.body!.toString()) as { metadata: { resourceVersion: string } };
    const meter = new Meter();
    const sentAtMs = new Map<string, number>();
    const arrived = Promise.withResolvers<void>();
    let events = 0;
    const onLine = (bytes: number, mark: string): void => {
      const sentMs = sentAtMs.get(mark);
      if (sentMs === undefined) return;
      meter.add(clock.monotonicMs() - sentMs, { bytes });
      if (++events === expected) arrived.resolve();
    };
    const url = `${path}?watch=1&resourceVersion=${metadata.resourceVersion}`;
    const streams = await Promise.all(
      Array.from({ length: context.watchers }, () => client.stream(url, markReader(onLine))),
    );
    const timer = clock.after(patienceMs, arrived.resolve);
    try {
      const refused = streams.filter(({ status }) => status !== 200).length;
      meter.addMissing(refused, `${refused} of ${streams.length} watches were refused`);
      const startMs = clock.monotonicMs();
      const written = await measure({ count: writes, concurrency: writeConcurrency, clock }, async (index) => {
        const mark = `w${index}`;
        sentAtMs.set(mark, clock.monotonicMs());
        const { status, bytes } = await client.send({
          method: 'PATCH',
          path: `${path}/${podName(index)}`,
          body: markPatch(mark),
          contentType: 'application/merge-patch+json',
        });
        return status === 200 ? { bytes } : { bytes, failure: `the write was answered with ${status}` };
      });
      meter.addMissing(written.failed, written.firstFailure ?? '');
      if (written.failed === 0 && refused === 0) await arrived.promise;
      meter.addMissing(expected - events, `${expected - events} of ${expected} events did not come`);
      return meter.result((clock.monotonicMs() - startMs) / 1000);
    } finally {
      timer.cancel();
      for (const stream of streams) stream.close();
    }
  },
};

/** Finds marks in a stream of lines without parsing them. */
function markReader(onLine: (bytes: number, mark: string) => void): (chunk: Buffer) => void {
  let rest: Buffer | undefined;
  return (chunk) => {
    const data = rest ? Buffer.concat([rest, chunk]) : chunk;
    let start = 0;
    for (let end = data.indexOf(0x0a); end >= 0; end = data.indexOf(0x0a, start)) {
      const line = data.subarray(start, end);
      const at = line.indexOf(marker);
      if (at >= 0) {
        const from = at + marker.length;
        onLine(line.length + 1, line.toString('latin1', from, line.indexOf(0x22, from)));
      }
      start = end + 1;
    }
    rest = start < data.length ? data.subarray(start) : undefined;
  };
}
