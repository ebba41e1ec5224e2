import { afterAll, beforeAll, expect, test } from 'vitest'
import { preferTiles } from '../../gpu/kernels/softwareAdapters'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { expectSameGradients, gradientError, pseudoRandom } from '../../gpu/testing/compareTensors'
import { expectNoLeak } from '../../gpu/testing/memoryAndLimits'
import { webGpuBackend } from '../../gpu/webgpuBackend'
import { type Windows, windowAttention } from './windowAttention'

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
  tf.env().set('WEBGPU_CPU_FORWARD', false)
})

afterAll(() => preferTiles(webGpuBackend()!))

interface Given {
  batch?: number
  map: [number, number]
  heads?: number
  windows: Windows
}

const HEAD = 4

/** The map, the table and, where windows reach past the map, the padding, which is differentiable only there. */
function inputsOf({ batch = 1, map, heads = 1, windows: { window } }: Given): tf.Tensor[] {
  const channels = 3 * heads * HEAD
  const offsets = (2 * window[0] - 1) * (2 * window[1] - 1)
  const random = (shape: number[], seed: number) =>
    tf.mul(2, tf.tensor(pseudoRandom(tf.util.sizeFromShape(shape), seed), shape))
  const padded = map.some((side, axis) => side % window[axis]! !== 0)
  const inputs = [random([batch, ...map, channels], 1), random([offsets, heads], 2), random([channels], 3)]
  return padded ? inputs : inputs.slice(0, 2)
}

/** The operation as on hardware, or as on software adapters: by operations, which `swinUnet.gpu.test.ts` checks. */
function onBranch(software: boolean, { windows }: Given) {
  return (...[qkv, table, padding]: tf.Tensor[]): tf.Tensor => {
    preferTiles(webGpuBackend()!, software)
    const filler = padding ?? tf.zeros([qkv!.shape[3]!])
    return windowAttention(qkv as tf.Tensor4D, filler as tf.Tensor1D, table as tf.Tensor2D, windows)
  }
}

test.each<[string, Given]>([
  [
    'windows tile the map, batch of 2, two heads',
    { batch: 2, map: [8, 12], heads: 2, windows: { window: [4, 4], shift: [0, 0], padding: 'timm' } },
  ],
  [
    'shifted, rolled before padding, batch of 2',
    { batch: 2, map: [5, 7], heads: 2, windows: { window: [4, 4], shift: [2, 2], padding: 'timm' } },
  ],
  [
    'shifted, padded before rolling',
    { map: [5, 7], heads: 2, windows: { window: [4, 4], shift: [2, 2], padding: 'original' } },
  ],
  [
    'a map smaller than the shift',
    { map: [1, 3], windows: { window: [4, 4], shift: [2, 2], padding: 'timm' } },
  ],
  [
    'oblong windows, shifted along one axis',
    { map: [5, 7], windows: { window: [2, 3], shift: [0, 1], padding: 'original' } },
  ],
  [
    'more tokens than a workgroup holds',
    { map: [10, 9], windows: { window: [9, 9], shift: [4, 4], padding: 'timm' } },
  ],
  [
    'more windows than shares',
    { map: [41, 80], heads: 8, windows: { window: [4, 4], shift: [2, 2], padding: 'timm' } },
  ],
])('value and gradients equal operations one by one: %s', async (_, given) => {
  await expectSameGradients(onBranch(false, given), onBranch(true, given), inputsOf(given), 1e-4)
})

const SMALL: Given = {
  map: [3, 4],
  heads: 1,
  windows: { window: [2, 2], shift: [1, 1], padding: 'timm' },
}

test.each([false, true])(
  'gradients agree with finite differences, on software adapters: %s',
  async software => {
    expect(await gradientError(onBranch(software, SMALL), inputsOf(SMALL))).toBeLessThan(1e-4)
  },
)

test('a window has the same bits in any batch', async () => {
  const windows: Windows = { window: [4, 4], shift: [2, 2], padding: 'timm' }
  const given = { batch: 3, map: [5, 7] as [number, number], windows }
  const [qkv, table, padding] = inputsOf(given) as [tf.Tensor4D, tf.Tensor, tf.Tensor]
  const whole = await onBranch(false, given)(qkv, table, padding).data()
  const last = tf.slice4d(qkv, [2, 0, 0, 0], [1, -1, -1, -1])
  const alone = await onBranch(false, given)(last, table, padding).data()
  expect([...alone]).toEqual([...whole.subarray(2 * alone.length)])
})

test('nothing is left', async () => {
  const inputs = inputsOf(SMALL)
  await expectNoLeak(async () => {
    const gradients = tf.tidy(() => tf.grads(onBranch(false, SMALL))(inputs))
    await gradients[0]!.data()
    tf.dispose(gradients)
  })
})
