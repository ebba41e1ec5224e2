import type { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import type { RunningKernel } from './deviceMeter'

/** A kernel's program as the backend is given it. */
export type Program = Parameters<WebGPUBackend['runWebGPUProgram']>[0]

/** What a kernel of ours says about itself; stock programs are known by their shader key. */
export interface OwnProgram extends Program {
  kernelName: string
  multiplyAdds: number
}

/** Operations of TensorFlow.js 4.22's `BinaryOpType` and `UnaryOpType` that networks use; others keep their number. */
const OPERATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  binary: {
    0: 'add',
    4: 'divide',
    6: 'equal',
    8: 'greater',
    9: 'greaterEqual',
    10: 'less',
    11: 'lessEqual',
    12: 'and',
    14: 'maximum',
    15: 'minimum',
    17: 'multiply',
    19: 'power',
    21: 'squaredDifference',
    22: 'subtract',
  },
  unary: {
    12: 'exp',
    18: 'linear',
    19: 'log',
    22: 'negative',
    23: 'relu',
    28: 'rsqrt',
    30: 'sigmoid',
    35: 'sqrt',
    36: 'square',
    37: 'step',
  },
}

/** The name of a program's kernel and its multiply-adds, which stock programs tell by their inputs. */
export function runningKernel(program: Program, inputs: readonly tf.TensorInfo[]): RunningKernel {
  if ('kernelName' in program) {
    const { kernelName, multiplyAdds } = program as OwnProgram
    return { name: kernelName, multiplyAdds }
  }
  // The keys survive minification, the names of classes do not.
  const [kind = '', operation = ''] = program.shaderKey.split(/[_,]/)
  const named = OPERATIONS[kind]
  const name = named ? `${kind} ${named[operation] ?? operation}` : kind
  return { name, multiplyAdds: multiplyAddsOf(program, inputs) }
}

function multiplyAddsOf(program: Program, inputs: readonly tf.TensorInfo[]): number {
  const key = program.shaderKey
  const outputs = tf.util.sizeFromShape(program.outputShape)
  const [first, second] = inputs.map(({ shape }) => shape)
  if (!first || !second) return 0
  if (key.startsWith('matMul')) {
    const { transposeA } = program as Program & { transposeA?: boolean }
    return outputs * first[first.length - (transposeA ? 2 : 1)]!
  }
  const weights = tf.util.sizeFromShape(second)
  const [height = 1, width = 1] = second
  if (/^conv2DDerInput/.test(key)) return tf.util.sizeFromShape(first) * (weights / second[3]!)
  if (/^conv2D(MM|naive)/i.test(key)) return outputs * (weights / second[3]!)
  if (/^depthwise_conv2d_backprop_input/.test(key)) return tf.util.sizeFromShape(first) * height * width
  if (/^depthwise(Vec4|NCHW)?_(?!conv2d_backprop)/.test(key)) return outputs * height * width
  return 0
}
