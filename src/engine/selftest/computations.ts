import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../core/foundation/random'
import { COMMON_PRESET, type NetworkFamily } from '../../core/rounds/networks'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { createNetwork } from '../models/createNetwork'
import { valueAndGradients } from '../nn/valueAndGradients'
import type { TrainingBatch } from '../training/trainingBatch'
import { trainingLoss } from '../training/trainingLoss'
import { normals } from './compareBackends'
import type { KernelCase } from './kernelCases'

/** A kernel's value, and the gradient of every input under a fixed slope. */
export function kernelTensors({ name, inputs, run, gradients = true }: KernelCase): tf.Tensor[] {
  const given = inputs.map((shape, i) =>
    tf.tensor(normals(tf.util.sizeFromShape([...shape]), name, i), [...shape]),
  )
  const made = run(...given)
  const values = Array.isArray(made) ? made : [made]
  if (!gradients) return values
  const [value] = values as [tf.Tensor]
  const slope = tf.tensor(normals(value.size, name, 'slope'), value.shape)
  return [value, ...tf.grads((...x: tf.Tensor[]) => run(...x) as tf.Tensor)(given, slope)]
}

/** Height and width: neither a multiple of a window, so that padding takes part. */
const [HEIGHT, WIDTH] = [40, 52]

/** [1, HEIGHT, WIDTH, 2] logits of a family's smallest network with seeded weights. */
export function logits(family: NetworkFamily): tf.Tensor[] {
  const network = createNetwork(family, COMMON_PRESET, { seed: 1 })
  try {
    const pixels = normals(HEIGHT * WIDTH * network.bands, 'pixels')
    const x = tf.tensor4d(pixels, [1, HEIGHT, WIDTH, network.bands])
    return [network.forward(x, { training: false, domain: 'source' })]
  } finally {
    network.dispose()
  }
}

/** Crops of random pixels, a third of them landslides. */
export function trainingBatch(size: number, side: number, bands: number): TrainingBatch {
  const pixels = size * side * side
  const { chance } = randomStream(1, 'selftest', 'labels')
  return {
    domain: 'source',
    size,
    side,
    pixels: normals(pixels * bands, 'crops'),
    label: Int32Array.from({ length: pixels }, () => Number(chance(0.3))),
    valid: pixels,
    soft: null,
  }
}

/**
 * Hard examples are left out: which pixels are hard may turn on the last digit of a logit. The loss itself is among the
 * kernels.
 */
const CONFIG = { ...defaultTrainingConfig, ohem: null }

const [CROPS, SIDE] = [2, 64]

/** The loss of a training pass of a family's smallest network, then the gradient of every parameter. */
export function lossAndGradients(family: NetworkFamily): tf.Tensor[] {
  const network = createNetwork(family, COMMON_PRESET, { seed: 1 })
  try {
    const batch = trainingBatch(CROPS, SIDE, network.bands)
    const random = randomStream(1, 'selftest', 'drop path')
    const loss = () => trainingLoss(network, batch, CONFIG, random)
    const { value, gradients } = valueAndGradients(loss, network.parameters.trainable())
    return [value, ...gradients]
  } finally {
    network.dispose()
  }
}
