import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import { repeat } from './kernel'
import { prefersTiles } from './softwareAdapters'

/**
 * WGSL for attention: an invocation holds the channels of one head of one token in registers (four to a vec4) and walks
 * over the other tokens, so that a workgroup needs neither barriers nor memory of its own. All invocations of a group
 * read the same other token at the same time.
 */
export const GROUP_SIZE = 64

/** Wider heads would not fit into a GPU's registers. */
const WIDEST_HEAD = 64

/**
 * Whether a backend takes the kernels of attention for heads of this many channels. Software adapters do not: lavapipe
 * compiles for 25 s at 32 channels, for every load becomes a gather and a head's are unrolled.
 */
export function takesHeads(backend: WebGPUBackend, headSize: number): boolean {
  return headSize % 4 === 0 && headSize <= WIDEST_HEAD && !prefersTiles(backend)
}

/**
 * The running workgroup. Taken from the built-in value, not from the invocation's index, so that compilers see that it
 * is the same for the whole group and read what it addresses once.
 */
export const GROUP = `i32((workgroupId.z * numWorkgroups.y + workgroupId.y) * numWorkgroups.x + workgroupId.x)`

export interface HeadRegisters {
  /** Registers `name`0 on, filled from a buffer at an expression of the first vec4's place. */
  load(name: string, buffer: string, at: string, factor?: string): string
  /** Registers that change, 0 at first. */
  zero(name: string): string
  /** Fills registers of `zero`. */
  assign(name: string, buffer: string, at: string): string
  /** The expression of an inner product. */
  dot(a: string, b: string): string
  /** target += factor * x */
  add(target: string, factor: string, x: string): string
  /** target *= factor */
  scale(target: string, factor: string): string
  /** Writes registers to a buffer. */
  store(buffer: string, at: string, name: string, factor: string): string
}

/** @param headSize channels, a multiple of four. */
export function headRegisters(headSize: number): HeadRegisters {
  const each = (line: (c: number) => string) => repeat(headSize / 4, line)
  return {
    load: (name, buffer, at, factor) =>
      each(c => `let ${name}${c} = ${factor ? `${factor} * ` : ''}${buffer}[${at} + ${c}];`),
    zero: name => each(c => `var ${name}${c} = vec4<f32>(0.0);`),
    assign: (name, buffer, at) => each(c => `${name}${c} = ${buffer}[${at} + ${c}];`),
    dot: (a, b) => Array.from({ length: headSize / 4 }, (_, c) => `dot(${a}${c}, ${b}${c})`).join(' + '),
    add: (target, factor, x) => each(c => `${target}${c} += ${factor} * ${x}${c};`),
    scale: (target, factor) => each(c => `${target}${c} *= ${factor};`),
    store: (buffer, at, name, factor) => each(c => `${buffer}[${at} + ${c}] = ${factor} * ${name}${c};`),
  }
}

/**
 * WGSL of one step of a softmax over scores that come one by one (Milakov and Gimelshein 2018): `score` joins `most` and
 * `total`, and `sum` is kept in the same units. Sets `power`, the score's weight in those units.
 */
export function joinSoftmax({ scale }: HeadRegisters): string {
  return `
    if (score > most) {
      let shrunk = exp(most - score);
      total *= shrunk;
      ${scale('sum', 'shrunk')}
      most = score;
    }
    let power = exp(score - most);
    total += power;`
}
