import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../../gpu/startEngine'
import { tf } from '../../gpu/tensorflow'
import { largestDifference } from '../../gpu/testing/compare'
import { type ParityFixture, parityFixtureExists, readParityFixture } from '../../gpu/testing/parityFixture'
import { batchNormInference, batchNormTraining } from './batchNorm'
import { conv2d } from './conv2d'
import { depthwiseConv2d } from './depthwiseConv2d'
import { gelu } from './gelu'
import { layerNorm } from './layerNorm'
import { maxPool } from './maxPool'
import { resizeBilinear } from './resizeBilinear'
import { resizeNearest } from './resizeNearest'
import { silu } from './silu'

interface Output {
  name: string
  atol: number
  source?: 'patch' | 'odd'
  size?: [number, number]
  mode?: 'bilinear' | 'nearest'
  align_corners?: boolean
  antialias?: boolean
}
type Fixture = ParityFixture<{ outputs: Output[] }>

beforeAll(async () => {
  await startEngine({ prefer: 'webgpu', purpose: 'training' })
  expect(tf.getBackend()).toBe('webgpu')
})

function tensor(fixture: Fixture, name: string): tf.Tensor {
  const { data, shape } = fixture.input(name)
  return tf.tensor(data as Float32Array, shape)
}

const map = (fixture: Fixture, name: string) =>
  tf.transpose(tensor(fixture, name), [0, 2, 3, 1]) as tf.Tensor4D
const kernel = (fixture: Fixture, name: string) =>
  tf.transpose(tensor(fixture, name), name === 'wd' ? [2, 3, 0, 1] : [2, 3, 1, 0]) as tf.Tensor4D
const vector = (fixture: Fixture, name: string) => tensor(fixture, name) as tf.Tensor1D

/** Our counterpart of each row of the `ops` fixture; maps come back as NHWC. */
const OPERATIONS: Record<string, (f: Fixture) => tf.Tensor> = {
  gelu_erf: f => gelu(tensor(f, 'ramp')),
  silu: f => silu(tensor(f, 'ramp')),
  'layernorm_eps1e-5': f => layerNorm(tensor(f, 'v'), vector(f, 'ln_w'), vector(f, 'ln_b'), 1e-5),
  'layernorm_eps1e-6': f => layerNorm(tensor(f, 'v'), vector(f, 'ln_w'), vector(f, 'ln_b'), 1e-6),
  'layernorm_of_v/300_eps1e-5': f => layerNorm(small(f, 'v'), vector(f, 'ln_w'), vector(f, 'ln_b'), 1e-5),
  'layernorm_of_v/300_eps1e-6': f => layerNorm(small(f, 'v'), vector(f, 'ln_w'), vector(f, 'ln_b'), 1e-6),
  'bn_train_eps1e-5': f => trainNorm(f, map(f, 'x'), 1e-5),
  'bn_train_of_x/300_eps1e-5': f => trainNorm(f, tf.div(map(f, 'x'), 300), 1e-5),
  'bn_train_of_x/300_eps1e-3': f => trainNorm(f, tf.div(map(f, 'x'), 300), 1e-3),
  'bn_eval_eps1e-5': f =>
    batchNormInference(
      map(f, 'x'),
      vector(f, 'bn_w'),
      vector(f, 'bn_b'),
      vector(f, 'bn_mean'),
      vector(f, 'bn_var'),
      1e-5,
    ),
  conv3_s1_p1: f => conv2d(map(f, 'x'), kernel(f, 'w3'), { padding: 1, bias: vector(f, 'b8') }),
  conv3_s2_p1: f => conv2d(map(f, 'x'), kernel(f, 'w3'), { stride: 2, padding: 1, bias: vector(f, 'b8') }),
  conv3_s2_SAME_odd: f => conv2d(map(f, 'x'), kernel(f, 'w3'), { stride: 2, padding: 'same' }),
  conv3_s2_p1_even: f => conv2d(map(f, 'even'), kernel(f, 'w3'), { stride: 2, padding: 1 }),
  conv3_s2_SAME_even: f => conv2d(map(f, 'even'), kernel(f, 'w3'), { stride: 2, padding: 'same' }),
  dwconv3_s1_p1: f => depthwiseConv2d(map(f, 'x'), kernel(f, 'wd'), { padding: 1 }),
  dwconv3_s2_SAME_even: f => depthwiseConv2d(map(f, 'even'), kernel(f, 'wd'), { stride: 2, padding: 'same' }),
  maxpool3_s2_p1: f => maxPool(map(f, 'x'), { size: 3, stride: 2, padding: 1 }),
  upsample_nearest_to_18x22: f => resizeNearest(map(f, 'x'), [18, 22]),
}

function small(fixture: Fixture, name: string): tf.Tensor {
  return tf.div(tensor(fixture, name), 300)
}

function trainNorm(fixture: Fixture, x: tf.Tensor4D, epsilon: number): tf.Tensor {
  return batchNormTraining(x, vector(fixture, 'bn_w'), vector(fixture, 'bn_b'), epsilon).y
}

const toNchw = (y: tf.Tensor) => (y.rank === 4 ? tf.transpose(y, [0, 3, 1, 2]) : y)

describe.runIf(parityFixtureExists('ops'))('single operations equal PyTorch', () => {
  test.each(Object.keys(OPERATIONS))('%s', async name => {
    const fixture: Fixture = readParityFixture('ops')
    const { atol } = fixture.json.outputs.find(output => output.name === name)!
    const y = toNchw(OPERATIONS[name]!(fixture))
    expect(await largestDifference(y, fixture.output(name).data)).toBeLessThanOrEqual(atol)
  })
})

describe.runIf(parityFixtureExists('resize'))('resizes equal PyTorch', () => {
  test('every bilinear and nearest row with a size', async () => {
    const fixture: Fixture = readParityFixture('resize')
    const rows = fixture.json.outputs.filter(
      row => row.size && !row.antialias && /^(bilinear|nearest)$/.test(row.mode!),
    )
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      const x = map(fixture, row.source!)
      const y =
        row.mode === 'nearest'
          ? resizeNearest(x, row.size!)
          : resizeBilinear(x, row.size!, { alignCorners: row.align_corners })
      const difference = await largestDifference(toNchw(y), fixture.output(row.name).data)
      expect(difference, row.name).toBeLessThanOrEqual(row.atol)
    }
  })
})
