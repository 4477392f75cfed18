/** How many bytes a text in base64 stands for, as people read it: `5 bytes`. */
export function sizeOf(base64: string): string {
  return `${Buffer.byteLength(base64, 'base64')} bytes`;
}
