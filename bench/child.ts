/** Programs run and measured from outside. */
import { spawn } from 'node:child_process';

export interface Ended {
  readonly wallMs: number;
  /** Peak of its resident memory, as its own Node reports it. */
  readonly peakBytes: number;
}

/** Written by the measured process at its exit, on a descriptor that nothing else uses. */
const reportPeak = `data:text/javascript,${encodeURIComponent(
  "import{writeSync}from'node:fs';process.on('exit',()=>writeSync(3,String(process.resourceUsage().maxRSS)))",
)}`;

/** @throws Error with what it said when it fails */
export function timed(args: readonly string[]): Promise<number> {
  return run(args).then(({ wallMs }) => wallMs);
}

/** @throws Error with what it said when it fails */
export function withPeak(args: readonly string[]): Promise<Ended> {
  return run(['--import', reportPeak, ...args]);
}

function run(args: readonly string[]): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    const texts = ['', ''];
    const [, , errors, report] = child.stdio;
    errors?.on('data', (data: Buffer) => (texts[0] += data.toString()));
    report?.on('data', (data: Buffer) => (texts[1] += data.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      const wallMs = performance.now() - began;
      if (code === 0) resolve({ wallMs, peakBytes: Number(texts[1]) * 1024 });
      else reject(new Error(`node ${args.join(' ')} ended with ${String(code)}: ${texts[0] ?? ''}`));
    });
  });
}
