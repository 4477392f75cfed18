/** Writes what derives from the table of facts at set-up: `npm run generate`. Nothing it writes is committed. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { readDescriptions } from './generate-descriptions.ts';
import { generateTypes } from './generate-types.ts';
import { loadSchemaTable } from './schema-table.ts';

const outDir = new URL('./generated/', import.meta.url);

rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });
const table = loadSchemaTable();
for (const [file, source] of generateTypes(table)) writeFileSync(new URL(file, outDir), source);

// Words for `kubectl explain`; a set-up without development packages has none, and the server does without.
const models = new URL('../../node_modules/@kubernetes/client-node/dist/gen/models/', import.meta.url);
writeFileSync(new URL('descriptions.json', outDir), JSON.stringify(readDescriptions(table, models)));
