/**
 * To be loaded before a service: `node --import ./bench/profile/on-signal.ts apiserver/main.ts …`. SIGUSR2 begins a CPU
 * profile of the main thread, the next SIGUSR2 ends it and writes `service.cpuprofile` into the working directory.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';

const file = 'service.cpuprofile';
const intervalMicros = 200;
let session: Session | undefined;

async function begin(): Promise<void> {
  session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: intervalMicros });
  await session.post('Profiler.start');
}

async function end(recording: Session): Promise<void> {
  session = undefined;
  const { profile } = await recording.post('Profiler.stop');
  recording.disconnect();
  writeFileSync(file, JSON.stringify(profile));
  process.stderr.write(`bench: wrote ${file}\n`);
}

process.on('SIGUSR2', () => void (session ? end(session) : begin()));
