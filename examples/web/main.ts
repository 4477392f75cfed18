import { buildWebImages, webImages } from './build-images.ts';

await buildWebImages();
for (const tag of Object.values(webImages)) process.stdout.write(`${tag} is ready\n`);
process.exit(0);
