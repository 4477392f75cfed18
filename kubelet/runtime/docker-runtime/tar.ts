export type TarEntry =
  | { readonly name: string; readonly mode: number; readonly data: Buffer }
  | { readonly name: string; readonly linkTo: string }
  | { readonly name: string; readonly mode: number; readonly directory: true };

/** A ustar archive owned by root, all times zero: same entries, same bytes. Names may have up to 100 bytes. */
export function tar(entries: readonly TarEntry[]): Buffer {
  const blocks = entries.flatMap((entry) => {
    const data = 'data' in entry ? entry.data : Buffer.alloc(0);
    return [header(entry, data.length), data, Buffer.alloc((512 - (data.length % 512)) % 512)];
  });
  return Buffer.concat([...blocks, Buffer.alloc(1024)]);
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(512);
  const octal = (value: number, at: number, width: number): void => {
    block.write(`${value.toString(8).padStart(width - 1, '0')}\0`, at, 'ascii');
  };
  if (Buffer.byteLength(entry.name) > 100) throw new Error(`name too long for a tar entry: ${entry.name}`);
  block.write(entry.name, 0);
  octal('mode' in entry ? entry.mode : 0o777, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.fill(' ', 148, 156);
  block.write('linkTo' in entry ? '2' : 'directory' in entry ? '5' : '0', 156);
  if ('linkTo' in entry) block.write(entry.linkTo, 157);
  block.write('ustar\x0000', 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
}
