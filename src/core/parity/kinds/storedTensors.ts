import type { Tensor } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../foundation/appError'
import type { StoredTensor } from '../../models/checkpoint/safetensors'
import type { ParityCase } from '../parityCase'

/** A stored tensor as it lies, axes untouched: integers as int32, everything else as float32. */
export function toTensor({ data, shape }: StoredTensor): Tensor {
  if (data instanceof Int32Array) return tf.tensor(data, shape, 'int32')
  if (data instanceof Uint8Array) return tf.tensor(Int32Array.from(data), shape, 'int32')
  return tf.tensor(Float32Array.from(data, Number), shape, 'float32')
}

/** @throws AppError `model-invalid` if the case's file does not hold the tensor. */
export function storedIn(
  tensors: ReadonlyMap<string, StoredTensor>,
  name: string,
  { name: parity }: ParityCase,
): StoredTensor {
  const tensor = tensors.get(name)
  if (tensor) return tensor
  throw new AppError('model-invalid', `${parity}: there is no tensor "${name}" in its files.`)
}
