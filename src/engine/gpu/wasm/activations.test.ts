import { resolve } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { beforeAll, describe, expect, test } from 'vitest'
import { startEngine } from '../startEngine'
import { activate } from './activations'
import { wasmBackend } from './liveBackend'

beforeAll(async () => {
  const wasmPath = `${resolve('node_modules/@tensorflow/tfjs-backend-wasm/dist')}/`
  const { adapter } = await startEngine({ prefer: 'wasm', purpose: 'inference', wasmPath })
  expect(adapter).toBe('WASM SIMD, 1 thread')
})

function activateOnWasm(x: tf.Tensor, name: 'gelu' | 'silu'): tf.Tensor | null {
  const made = activate(wasmBackend()!, x, name)
  return made && tf.engine().makeTensorFromTensorInfo(made)
}

/** 1 + erf(z) in float64 (Abramowitz and Stegun 7.1.6, a series of one sign). */
function onePlusErf(z: number): number {
  if (Math.abs(z) > 6) return z > 0 ? 2 : 0
  let [term, sum] = [z, z]
  for (let n = 1; n < 200; n++) {
    term *= (2 * z * z) / (2 * n + 1)
    sum += term
  }
  return 1 + (2 / Math.sqrt(Math.PI)) * Math.exp(-z * z) * sum
}

const DEFINITIONS = {
  gelu: {
    exact: (x: number) => (x / 2) * onePlusErf(x / Math.SQRT2),
    plain: (x: tf.Tensor) => tf.mul(tf.mul(x, 0.5), tf.add(tf.erf(tf.mul(x, Math.SQRT1_2)), 1)),
  },
  silu: {
    exact: (x: number) => x / (1 + Math.exp(-x)),
    plain: (x: tf.Tensor) => tf.mul(x, tf.sigmoid(x)),
  },
} as const

/** The middle closely, its surroundings, and both signs out to the ends of what floats hold. */
const POINTS = Float32Array.from([
  ...Array.from({ length: 40_001 }, (_, i) => (i - 20_000) / 1600),
  ...Array.from({ length: 4001 }, (_, i) => (i - 2000) / 20),
  ...Array.from({ length: 153 }, (_, i) => 10 ** ((i - 76) / 2)).flatMap(x => [x, -x]),
])

/** It leaves nothing behind. */
async function valuesOf(
  run: (x: tf.Tensor) => tf.Tensor | null,
  values: Float32Array,
): Promise<Float32Array> {
  const before = [tf.memory().numTensors, tf.backend().numDataIds()]
  const y = tf.tidy(() => run(tf.tensor1d(values))!)
  const result = (await y.data()) as Float32Array
  y.dispose()
  expect([tf.memory().numTensors, tf.backend().numDataIds()]).toEqual(before)
  expect(result.length).toBe(values.length)
  return result
}

describe.each(['gelu', 'silu'] as const)('%s', name => {
  const { exact, plain } = DEFINITIONS[name]
  const ours = (values: Float32Array) => valuesOf(x => activateOnWasm(x, name), values)

  test('is the exact function but for 3e-7 of x', async () => {
    const values = await ours(POINTS)
    const wrong = [...POINTS].filter((x, i) => !(Math.abs(values[i]! - exact(x)) <= 3e-7 * Math.abs(x)))
    expect(wrong).toEqual([])
  })

  test('has the infinities, zeros and NaN of plain operations', async () => {
    const special = Float32Array.of(Number.NaN, Infinity, -Infinity, 0, -0, 3.4e38, -3.4e38, 1e-45, -1e-45)
    expect(await ours(special)).toEqual(await valuesOf(plain, special))
  })

  test('gives a value the same bits wherever it stands', async () => {
    const whole = await ours(POINTS)
    for (const length of [4, 5, 6, 7, 8, 1001, 1002, 1003])
      for (const begin of [0, 18_733])
        expect(await ours(POINTS.slice(begin, begin + length))).toEqual(whole.slice(begin, begin + length))
  })

  test('leaves what it cannot take to others', () => {
    tf.tidy(() => {
      expect(activateOnWasm(tf.tensor1d([1, 2, 3]), name)).toBeNull()
      expect(activateOnWasm(tf.tensor1d([1, 2, 3, 4], 'int32'), name)).toBeNull()
      expect(wasmBackend()).not.toBeNull()
      tf.env().set('WASM_HAS_SIMD_SUPPORT', false)
      try {
        expect(wasmBackend()).toBeNull()
      } finally {
        tf.env().set('WASM_HAS_SIMD_SUPPORT', true)
      }
    })
  })
})

test('the exponential is right to 3e-7 of itself down to the least normal float, and 0 below it', async () => {
  // Left of -20 a SiLU is x e^x to the last bit.
  const points = Float32Array.from({ length: 67_001 }, (_, i) => -20 - i / 1000)
  const values = await valuesOf(x => activateOnWasm(x, 'silu'), points)
  const wrong = [...points].filter(
    (x, i) => !(Math.abs(values[i]! - x * Math.exp(x)) <= 3e-7 * -x * Math.exp(x)),
  )
  expect(wrong).toEqual([])
  const below = await valuesOf(x => activateOnWasm(x, 'silu'), Float32Array.of(-87.34, -88, -104, -1e30))
  expect([...below]).toEqual([-0, -0, -0, -0])
})
