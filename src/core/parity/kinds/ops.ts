import type { Tensor, Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import { throwIfGpuFailed } from '../../gpu/webgpuBackend'
import { toMemoryOrder, toMemoryShape } from '../../nn/parameterLayout'
import { largestError, toNhwc } from '../compareMap'
import type { ParityCase } from '../parityCase'
import type { ParityResult } from '../parityRow'
import { type OperationInputs, operationNamed } from './operationNamed'
import { storedIn, toTensor } from './storedTensors'

/**
 * A case of single operations: every row's name says which, with its parameters.
 *
 * @throws AppError `model-invalid` naming a row whose operation is not ours.
 */
export async function runOps(parity: ParityCase): Promise<ParityResult> {
  const result: ParityResult = { rows: [], notCompared: [] }
  for (const row of parity.outputs) {
    const operation = operationNamed(row.name)
    if (!operation) {
      throw new AppError('model-invalid', `${parity.name}: there is no operation "${row.name}" here.`)
    }
    // Cloned: an operation may give its input back, which the tidy would free.
    const ours: Tensor = tf.tidy(() => operation(inputsOf(parity)).clone())
    const expected = storedIn(parity.stored(row.file), row.name, parity)
    const error = await largestError(ours, expected, row.layout || 'NCHW')
    throwIfGpuFailed()
    result.rows.push({ output: row.name, error, tolerance: row.atol })
    ours.dispose()
  }
  return result
}

function inputsOf(parity: ParityCase): OperationInputs {
  const stored = (name: string) => storedIn(parity.inputs, name, parity)
  return {
    plain: name => toTensor(stored(name)),
    map: name => toNhwc(stored(name)),
    kernel(name, layout) {
      const { data, shape } = stored(name)
      const values = toMemoryOrder(Float32Array.from(data, Number), shape, layout)
      return tf.tensor4d(values, toMemoryShape(shape, layout) as Tensor4D['shape'])
    },
  }
}
