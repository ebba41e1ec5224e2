import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { forgetRead } from '../bufferSlices'
import { undoOnFailure } from '../guardedBackend'
import type { OwnProgram } from '../kernelWork'

/** What a kernel writes besides `result`; see `Kernel.more`. */
export interface FurtherResult {
  /** Name of its buffer in the WGSL, a flat array<f32>, or array<vec4<f32>> where `components` is 4. */
  name: string
  shape: number[]
  components?: 1 | 4
  /** A tensor of this shape that is written in place, and may be read, instead of a new one. */
  into?: tf.TensorInfo
}

/** One compute shader with one output tensor, or several. */
export interface Kernel {
  /** For labels and error messages. */
  name: string
  /** Names of the input buffers in the WGSL, in the order of `inputs`; each is a flat array<f32> or array<i32>. */
  variables: readonly string[]
  /** Scalars per array element of each input: 4 makes it array<vec4<f32>>. All 1 by default. */
  components?: readonly (1 | 4)[]
  /** The same for the result; 1 by default. */
  resultComponents?: 1 | 4
  /**
   * WGSL with `fn main(index : i32)`, run once per invocation. It reads `<variable>[i]`, writes `result[i]`, and must
   * use every variable and the uniforms (an unused binding vanishes from the layout). `index` counts over all groups:
   * group = index / workgroup size. Anything that varies belongs in this text: it is its own cache key.
   */
  code: string
  outputShape: number[]
  outputType?: 'float32' | 'int32'
  /** A tensor of this shape that is `result`, to be changed in place, instead of a new one. No input may share its buffer. */
  into?: tf.TensorInfo
  /** Further float32 results, which the WGSL writes as it does `result`; each counts as a buffer the shader sees. */
  more?: readonly FurtherResult[]
  /** Workgroups to start. */
  groups: number
  /** Invocations of a workgroup; 64 by default. */
  groupSize?: number
  /** Integers read as `uniforms.<name>`. */
  uniforms: Readonly<Record<string, number>>
  /** Floats read the same way. */
  numbers?: Readonly<Record<string, number>>
  /**
   * Multiply-adds of the whole dispatch, which `scarp profile` adds up: of products, convolutions, attention and their
   * gradients, as the mathematics has them (padding and waste are not counted). Absent: none.
   */
  multiplyAdds?: number
}

/**
 * Runs a kernel on the WebGPU backend; the caller owns the tensor that comes back.
 *
 * The command goes into the backend's own encoder, in order with stock kernels.
 *
 * @throws AppError `gpu-limit`, with nothing allocated, for an output or a dispatch above the device's limits.
 */
export function dispatchKernel(
  backend: WebGPUBackend,
  kernel: Kernel,
  inputs: readonly tf.TensorInfo[],
): tf.TensorInfo {
  return dispatchForResults(backend, kernel, inputs)[0]!
}

/** The same for a kernel of several results: `result`, then `more` in order. */
export function dispatchForResults(
  backend: WebGPUBackend,
  kernel: Kernel,
  inputs: readonly tf.TensorInfo[],
): tf.TensorInfo[] {
  const { variables, components, code, outputShape, groups, groupSize = 64, uniforms, numbers = {} } = kernel
  const { more = [], resultComponents = 1 } = kernel
  const names = Object.keys(uniforms)
  const declarations = [
    ...names.map(name => `${name} : i32,`),
    ...Object.keys(numbers).map(name => `${name} : f32,`),
  ].join(' ')
  const written = more.map((result, i) => declareWritable(result, 1 + variables.length + i)).join('\n')
  const program: OwnProgram = {
    kernelName: kernel.name,
    multiplyAdds: kernel.multiplyAdds ?? 0,
    variableNames: [...variables, ...more.map(({ name }) => `${name}Input`)],
    uniforms: declarations,
    variableComponents: [...(components ?? variables.map(() => 1)), ...more.map(() => 1)],
    outputComponent: resultComponents,
    outputShape,
    dispatchLayout: { x: outputShape.map((_, axis) => axis) },
    dispatch: [groups, 1, 1],
    workgroupSize: [groupSize, 1, 1],
    shaderKey: `scarp ${kernel.name} ${components?.join('') ?? ''}>${resultComponents} ${declarations} ${written} ${numberOf(code)}`,
    getUserCode: () => written + code,
  }
  return undoOnFailure(backend, () => {
    const floats = inputs.map(input => inItsOwnType(backend, input))
    const further = more.map(({ shape, into }) => into ?? backend.makeTensorInfo(shape, 'float32'))
    const output = backend.runWebGPUProgram(
      program,
      [...floats, ...further],
      kernel.outputType ?? 'float32',
      [
        ...names.map(name => ({ type: 'int32', data: [uniforms[name]!] })),
        ...Object.values(numbers).map(value => ({ type: 'float32', data: [value] })),
      ],
      kernel.into,
    )
    for (const written of [kernel, ...more]) if (written.into) forgetRead(backend, written.into.dataId)
    floats.forEach((float, i) => {
      if (float !== inputs[i]) backend.disposeData(float.dataId)
    })
    return [output, ...further]
  })
}

const codeNumbers = new Map<string, number>()

/** A short name for a text, which TensorFlow.js copies and compares for every dispatch. */
function numberOf(code: string): number {
  const known = codeNumbers.get(code) ?? codeNumbers.size
  codeNumbers.set(code, known)
  return known
}

/**
 * TensorFlow.js binds one result and declares everything else for reading. A second declaration of the same binding is
 * allowed where the entry point reaches only one of the two: ours, for writing.
 */
function declareWritable({ name, components = 1 }: FurtherResult, binding: number): string {
  const type = components === 4 ? 'vec4<f32>' : 'f32'
  return `@group(0) @binding(${binding}) var<storage, read_write> ${name} : array<${type}>;`
}

/**
 * TensorFlow.js casts integers and booleans to float32 without touching the buffer, which its own accessors convert on
 * reading; ours read buffers directly, so such a tensor is converted first.
 */
function inItsOwnType(backend: WebGPUBackend, input: tf.TensorInfo): tf.TensorInfo {
  if (input.dtype !== 'float32' || backend.tensorMap.get(input.dataId).dtype === 'float32') return input
  const length = tf.util.sizeFromShape(input.shape)
  return dispatchKernel(
    backend,
    {
      name: 'toFloat',
      variables: ['integers'],
      code: `
fn main(index : i32) {
  if (index < uniforms.length) { result[index] = f32(integers[index]); }
}`,
      outputShape: input.shape,
      groups: Math.ceil(length / 64),
      uniforms: { length },
    },
    [{ ...input, dtype: 'int32' }],
  )
}

/** The same for tensors: the result is tracked by the current tidy. Off WebGPU it throws. */
export function runKernel<T extends tf.Tensor>(
  backend: WebGPUBackend,
  kernel: Kernel,
  inputs: readonly tf.Tensor[],
): T {
  return tf.engine().makeTensorFromTensorInfo(dispatchKernel(backend, kernel, inputs)) as T
}

/** The same for a kernel of several results: `result`, then `more` in order. */
export function runForResults(
  backend: WebGPUBackend,
  kernel: Kernel,
  inputs: readonly tf.Tensor[],
): tf.Tensor[] {
  return dispatchForResults(backend, kernel, inputs).map(info => tf.engine().makeTensorFromTensorInfo(info))
}
/** Repeats a line of WGSL: loops over registers have to be unrolled. */
export function repeat(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => line(i)).join('\n')
}

/** "sum0, sum1, ...": registers by number. */
export function registerNames(stem: string, count: number): string {
  return Array.from({ length: count }, (_, i) => `${stem}${i}`).join(', ')
}
/**
 * WGSL that reads four neighbouring channels as a vec4: one vector load where the channel count allows it, else four
 * loads clamped to the last channel (whatever is computed from the repeats is never stored).
 *
 * @param variable name of the buffer.
 * @param pixel expression of the flat index of the pixel's channel 0.
 * @param channel name of the first channel.
 * @param count expression of the number of channels.
 */
export function loadFour(
  variable: string,
  pixel: string,
  channel: string,
  count: string,
  vector: boolean,
): string {
  if (vector) return `${variable}[(${pixel} + ${channel}) / 4]`
  const scalars = [0, 1, 2, 3].map(i => `${variable}[${pixel} + min(${channel} + ${i}, ${count} - 1)]`)
  return `vec4<f32>(${scalars.join(', ')})`
}
/**
 * WGSL that stores a vec4 into four neighbouring channels: one vector store where the channel count allows it, else
 * only the channels that exist. The counterpart of `loadFour`.
 */
export function storeFour(
  pixel: string,
  channel: string,
  count: string,
  value: string,
  vector: boolean,
): string {
  if (vector) return `if (${channel} < ${count}) { result[(${pixel} + ${channel}) / 4] = ${value}; }`
  return `for (var c = 0; c < min(4, ${count} - ${channel}); c++) {
      result[${pixel} + ${channel} + c] = ${value}[c];
    }`
}
/** Enough for a wide GPU, few enough that partial sums stay small. */
const WANTED_INVOCATIONS = 16_384

/**
 * Into how many partial sums a reduction is cut. It depends on shapes alone, so that results repeat on every adapter.
 *
 * @param invocations how many run anyway, one per output tile.
 * @param length what can be cut: rows, pixels.
 */
export function splitCount(invocations: number, length: number): number {
  return Math.max(1, Math.min(length, Math.round(WANTED_INVOCATIONS / invocations)))
}
