/** Writes what derives from the table of facts at set-up: `npm run generate`. Nothing it writes is committed. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { generateTypes } from './generate-types.ts';
import { loadSchemaTable } from './schema-table.ts';

const outDir = new URL('./generated/', import.meta.url);

rmSync(outDir, { recursive: true, force: true });
mkdirSync(outDir, { recursive: true });
for (const [file, source] of generateTypes(loadSchemaTable())) writeFileSync(new URL(file, outDir), source);
