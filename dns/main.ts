import { runComponent } from '../component/run-component.ts';
import { dnsFlags } from './config.ts';
import { runDns } from './run-dns.ts';

await runComponent({ name: 'cluster-dns', flags: dnsFlags, run: runDns });
