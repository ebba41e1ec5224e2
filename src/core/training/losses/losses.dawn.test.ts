import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference } from '../../gpu/testing/compare'
import { type ParityFixture, parityFixtureExists, readParityFixture } from '../../gpu/testing/parityFixture'
import { lovaszHinge } from './lovaszHinge'
import { lovaszSoftmax } from './lovaszSoftmax'
import { ohemCrossEntropy } from './ohemCrossEntropy'
import { softCrossEntropy } from './softCrossEntropy'

interface Subcase<Params> {
  name: string
  params: Params
  loss: number
  loss_atol: number
  grad_atol: number
  compare_grad?: boolean
}

interface CrossEntropyParams {
  impl: 'torch' | 'toolbelt' | 'torch-soft'
  label_smoothing: number
  weight: number[] | null
  reduction: 'mean' | 'sum'
}

type Loss<Params> = (
  logits: tf.Tensor,
  labels: tf.Tensor,
  params: Params,
  fixture: ParityFixture<unknown>,
  name: string,
) => tf.Scalar

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

/** Every sub-case of a fixture: the loss and its gradient in the logits equal the peer's. */
function everySubcase<Params>(fixtureName: string, loss: Loss<Params>, wanted = (_: Params) => true): void {
  const present = parityFixtureExists(fixtureName)
  describe.runIf(present)(fixtureName, () => {
    if (!present) return
    const fixture = readParityFixture<{ subcases: Subcase<Params>[] }>(fixtureName)
    for (const subcase of fixture.json.subcases.filter(({ params }) => wanted(params))) {
      test(subcase.name, () => expectPeer(fixture, subcase, loss))
    }
  })
}

async function expectPeer<Params>(
  fixture: ParityFixture<unknown>,
  subcase: Subcase<Params>,
  loss: Loss<Params>,
): Promise<void> {
  const { name, params } = subcase
  const { data, shape } = fixture.input(`${name}/logits`)
  const stored = fixture.input(`${name}/labels`)
  const labels = tf.tensor(stored.data as Int32Array, stored.shape, 'int32')
  const binary = shape.length === 3
  const given = tf.tensor(data as Float32Array, shape)
  const logits = binary ? given : tf.transpose(given, [0, 2, 3, 1])
  const { value, grad } = tf.valueAndGrad((x: tf.Tensor) => loss(x, labels, params, fixture, name))(logits)
  expect(Math.abs((await value.data())[0]! - subcase.loss)).toBeLessThanOrEqual(subcase.loss_atol)
  if (subcase.compare_grad === false) return
  const gradient = binary ? grad : tf.transpose(grad, [0, 3, 1, 2])
  const difference = await largestDifference(gradient, fixture.output(`${name}/grad`).data)
  expect(difference).toBeLessThanOrEqual(Math.max(subcase.grad_atol, 1e-7))
}

everySubcase<CrossEntropyParams>('loss-ce', (logits, labels, params, fixture, name) => {
  const { impl, label_smoothing, weight, reduction } = params
  const soft = impl === 'torch-soft' ? fixture.input(`${name}/target`) : null
  return softCrossEntropy(logits, labels, {
    labelSmoothing: label_smoothing,
    classWeights: weight ?? undefined,
    softTargets: soft
      ? tf.transpose(tf.tensor(soft.data as Float32Array, soft.shape), [0, 2, 3, 1])
      : undefined,
    reduction: reduction === 'sum' ? 'sum' : impl === 'toolbelt' ? 'all' : 'valid',
  })
})

everySubcase<{ classes: 'present' | 'all'; per_image: boolean }>(
  'loss-lovasz-softmax',
  (logits, labels, params) =>
    lovaszSoftmax(logits, labels, { classes: params.classes, perImage: params.per_image }),
)

everySubcase<{ per_image: boolean }>('loss-lovasz-hinge', (logits, labels, params) =>
  lovaszHinge(logits as tf.Tensor3D, labels as tf.Tensor3D, { perImage: params.per_image }),
)

everySubcase<{ impl: string; thresh: number; min_kept: number }>(
  'loss-ohem',
  (logits, labels, params) =>
    ohemCrossEntropy(logits, labels, { threshold: params.thresh, minKept: params.min_kept }),
  params => params.impl === 'hrnet',
)
