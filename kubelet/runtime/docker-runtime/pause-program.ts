/**
 * The program of a sandbox: it holds a pod's namespaces open and does nothing else. It is assembled here, instruction by
 * instruction, so that a sandbox needs neither a registry nor a program that happens to be on the host: a static ELF file
 * of some 300 bytes that keeps one page of memory and no timer.
 *
 *   SIGCHLD is ignored, so the kernel reaps orphans by itself where the pod shares one process namespace (signal(7));
 *   SIGTERM and SIGINT exit with 0, since process 1 of a namespace is deaf to signals it has no handler for (pid_namespaces(7));
 *   then it waits for signals for ever.
 */
export function pauseProgram(arch: string): Buffer {
  const machine = machines[arch as keyof typeof machines];
  if (!machine) throw new Error(`no sandbox program for processor architecture ${arch}`);
  const codeAt = headerBytes;
  // Assembled twice: addresses of the data that follows the code are known once its length is.
  const draft = machine.assemble({ ignore: 0, exit: 0 });
  const ignoreAt = loadAddress + codeAt + draft.code.length;
  const exitAt = ignoreAt + sigactionBytes;
  const { code, handlerOffset } = machine.assemble({ ignore: ignoreAt, exit: exitAt });
  const handler = BigInt(loadAddress + codeAt + handlerOffset);
  const body = Buffer.concat([code, sigaction(SIG_IGN, 0n), sigaction(handler, handler)]);
  return Buffer.concat([elfHeaders(machine.elfMachine, codeAt + body.length), body]);
}

const loadAddress = 0x400000;
const headerBytes = 64 + 56;
const sigactionBytes = 32;
const SIG_IGN = 1n;
const SA_RESTORER = 0x04000000n; // x86-64 delivers no signal without it; the handlers here never return to it
const [SIGINT, SIGTERM, SIGCHLD] = [2, 15, 17];

interface Addresses {
  /** Of the two `struct kernel_sigaction`. */
  readonly ignore: number;
  readonly exit: number;
}

interface Assembled {
  readonly code: Buffer;
  /** Where in the code the handler that exits begins. */
  readonly handlerOffset: number;
}

const machines = {
  x64: { elfMachine: 0x3e, assemble: assembleX64 },
  arm64: { elfMachine: 0xb7, assemble: assembleArm64 },
} as const;

function assembleX64({ ignore, exit }: Addresses): Assembled {
  const u32 = (n: number): number[] => [n & 0xff, (n >> 8) & 0xff, (n >> 16) & 0xff, (n >> 24) & 0xff];
  const syscall = [0x0f, 0x05];
  const setHandler = (signal: number, action: number): number[] => [
    ...[0xb8, ...u32(13)], // mov eax, rt_sigaction
    ...[0xbf, ...u32(signal)], // mov edi, signal
    ...[0xbe, ...u32(action)], // mov esi, action
    ...[0x31, 0xd2], // xor edx, edx
    ...[0x41, 0xba, ...u32(8)], // mov r10d, bytes in a signal set
    ...syscall,
  ];
  const wait = [
    ...[0xb8, ...u32(34)], // mov eax, pause
    ...syscall,
    ...[0xeb, 0xf7], // jmp back to the mov, 9 bytes
  ];
  const leave = [
    ...[0xb8, ...u32(231)], // mov eax, exit_group
    ...[0x31, 0xff], // xor edi, edi
    ...syscall,
  ];
  const start = [...setHandler(SIGCHLD, ignore), ...setHandler(SIGTERM, exit), ...setHandler(SIGINT, exit), ...wait];
  return { code: pad(Buffer.from([...start, ...leave])), handlerOffset: start.length };
}

function assembleArm64({ ignore, exit }: Addresses): Assembled {
  const words: number[] = [];
  const mov = (register: number, value: number): void => {
    words.push(0xd2800000 | ((value & 0xffff) << 5) | register); // movz x, #low
    if (value > 0xffff) words.push(0xf2a00000 | (((value >>> 16) & 0xffff) << 5) | register); // movk x, #high, lsl 16
  };
  const syscall = (number: number): void => {
    mov(8, number);
    words.push(0xd4000001); // svc #0
  };
  const setHandler = (signal: number, action: number): void => {
    mov(0, signal);
    mov(1, action || loadAddress + 1); // the draft must be as long as the final code
    mov(2, 0);
    mov(3, 8);
    syscall(134); // rt_sigaction
  };
  setHandler(SIGCHLD, ignore);
  setHandler(SIGTERM, exit);
  setHandler(SIGINT, exit);
  const waitAt = words.length;
  for (const register of [0, 1, 2, 3]) mov(register, 0);
  syscall(73); // ppoll(NULL, 0, NULL, NULL)
  words.push(0x14000000 | ((waitAt - words.length) & 0x3ffffff)); // b wait
  const handlerOffset = words.length * 4;
  mov(0, 0);
  syscall(94); // exit_group
  const code = Buffer.alloc(words.length * 4);
  words.forEach((word, i) => code.writeUInt32LE(word >>> 0, i * 4));
  return { code: pad(code), handlerOffset };
}

/** `struct kernel_sigaction`: handler, flags, restorer, mask. */
function sigaction(handler: bigint, restorer: bigint): Buffer {
  const bytes = Buffer.alloc(sigactionBytes);
  bytes.writeBigUInt64LE(handler, 0);
  bytes.writeBigUInt64LE(restorer ? SA_RESTORER : 0n, 8);
  bytes.writeBigUInt64LE(restorer, 16);
  return bytes;
}

function pad(code: Buffer): Buffer {
  return Buffer.concat([code, Buffer.alloc((8 - (code.length % 8)) % 8)]);
}

/** An executable with one segment, readable and executable, that maps the whole file (elf(5)). */
function elfHeaders(elfMachine: number, fileBytes: number): Buffer {
  const header = Buffer.alloc(headerBytes);
  Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).copy(header); // magic, 64 bits, little-endian, version
  header.writeUInt16LE(2, 16); // ET_EXEC
  header.writeUInt16LE(elfMachine, 18);
  header.writeUInt32LE(1, 20);
  header.writeBigUInt64LE(BigInt(loadAddress + headerBytes), 24); // entry
  header.writeBigUInt64LE(64n, 32); // program headers begin
  header.writeUInt16LE(64, 52);
  header.writeUInt16LE(56, 54);
  header.writeUInt16LE(1, 56);
  const segment = header.subarray(64);
  segment.writeUInt32LE(1, 0); // PT_LOAD
  segment.writeUInt32LE(5, 4); // read, execute
  segment.writeBigUInt64LE(BigInt(loadAddress), 16);
  segment.writeBigUInt64LE(BigInt(loadAddress), 24);
  segment.writeBigUInt64LE(BigInt(fileBytes), 32);
  segment.writeBigUInt64LE(BigInt(fileBytes), 40);
  segment.writeBigUInt64LE(0x1000n, 48);
  return header;
}
