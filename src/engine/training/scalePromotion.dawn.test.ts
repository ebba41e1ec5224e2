import { beforeAll, expect, test } from 'vitest'
import { randomStream } from '../../core/foundation/random'
import { FAMILIES } from '../../core/rounds/networks'
import { defaultTrainingConfig } from '../../core/rounds/roundConfig'
import { startEngine } from '../gpu/startEngine'
import { tf } from '../gpu/tensorflow'
import { createNetwork } from '../models/createNetwork'
import { valueAndGradients } from '../nn/valueAndGradients'
import { provider } from './training.testing'
import { createBatchSource } from './trainingBatch'
import { trainingLoss } from './trainingLoss'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

const plain = { ...defaultTrainingConfig, scale: 2.5, microBatch: 1, cropSize: 15, augment: false }

test.each(FAMILIES)(
  '%s learns at x2.5 from crops whose side no stride divides',
  { timeout: 60_000 },
  async family => {
    const network = createNetwork(family, 'tiny', { seed: 1 })
    const batch = await createBatchSource(provider(1, 1), 'source', plain).next()
    const parameters = network.parameters.trainable()
    const { value, gradients } = valueAndGradients(
      () => trainingLoss(network, batch, plain, randomStream(1, 'drop')),
      parameters,
    )
    expect((await value.data())[0]).toBeGreaterThan(0.1)
    const sizes = await tf.stack(gradients.map(gradient => tf.sum(tf.abs(gradient)))).data()
    expect(sizes.every(Number.isFinite)).toBe(true)
    expect(sizes.filter(size => size > 0).length).toBeGreaterThan(0.7 * parameters.length)
    network.dispose()
  },
)
