import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import type { NetworkFamily, NetworkOptions } from '../../core/rounds/networks'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { pseudoRandom } from '../gpu/testing/compareTensors'
import { createNetwork } from '../models/createNetwork'
import { valueAndGradients } from '../nn/valueAndGradients'
import type { TrainingBatch } from './trainingBatch'
import { trainingLoss } from './trainingLoss'

const SIDE = 64
const SIZE = 2

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const batch: TrainingBatch = {
  domain: 'target',
  size: SIZE,
  side: SIDE,
  pixels: pseudoRandom(SIZE * SIDE * SIDE * 14, 1),
  label: Int32Array.from(pseudoRandom(SIZE * SIDE * SIDE, 2), value => (value > 0.5 ? 1 : 0)),
  valid: SIZE * SIDE * SIDE,
  soft: null,
}

/** Loss, gradients and what the network holds after one pass of a fresh network. */
async function onePass(family: NetworkFamily, options: NetworkOptions, checkpointing: boolean) {
  const network = createNetwork(family, 'tiny', { seed: 3, options })
  const trainable = network.parameters.trainable()
  const config = { ...defaultTrainingConfig, checkpointing }
  const random = randomStream(1, 'drop')
  const { value, gradients } = valueAndGradients(
    () => trainingLoss(network, batch, config, random),
    trainable,
  )
  const read = async (tensors: readonly tf.Tensor[]) =>
    Promise.all(tensors.map(async tensor => Array.from(await tensor.data())))
  const [loss] = await read([value])
  const slopes = await read(gradients)
  const held = await read(network.parameters.all().map(({ variable }) => variable))
  tf.dispose([value, ...gradients])
  network.dispose()
  return { loss, slopes, held, drawn: random.uniform() }
}

test.each<[NetworkFamily, NetworkOptions]>([
  ['segformer', { dropPath: 0.5 }],
  ['swin-unet', { dropPath: 0.5 }],
  ['efficientnetv2-unet', { dropPath: 0.5 }],
  ['resnet-unet', {}],
  ['hrnet-ocr', { ocrDropout: 0.3 }],
])(
  '%s: blocks that are computed again give the same bits, statistics and draws',
  {
    timeout: 180_000,
  },
  async (family, options) => {
    const plain = await onePass(family, options, false)
    expect(plain.slopes.flat().some(slope => slope !== 0)).toBe(true)
    expect(await onePass(family, options, true)).toEqual(plain)
  },
)
