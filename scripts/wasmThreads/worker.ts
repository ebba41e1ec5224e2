import * as tf from '@tensorflow/tfjs-core'
import { FAMILIES, type NetworkFamily, PRESETS } from '../../src/core/rounds/networks'
import { startEngine } from '../../src/engine/gpu/startEngine'
import { createNetwork } from '../../src/engine/models/createNetwork'
import { inferencePass } from '../../src/engine/refinement/landslideProbability'
import { wasmPath } from '../../src/worker/engine/wasmBinary'

export interface MeasureRequest {
  threads: number
  /** Of the first family that has the size, if left out. */
  family?: NetworkFamily
  preset: string
  size: number
  passes: number
}

export interface MeasureReport {
  adapter: string
  /** The least of the passes, by the clock. */
  seconds: number
  /** SHA-256 of the results' bits, */
  digest: string
  /** and of a batch of very many products. */
  manyProducts: string
}

self.onmessage = async ({ data }: MessageEvent<MeasureRequest>) => {
  try {
    self.postMessage(await measure(data))
  } catch (thrown) {
    self.postMessage({ error: String(thrown) })
  }
}

async function measure({
  threads,
  preset,
  size,
  passes,
  ...request
}: MeasureRequest): Promise<MeasureReport> {
  // Of what the rule makes so many threads.
  Object.defineProperty(navigator, 'hardwareConcurrency', {
    value: threads > 2 ? 2 * threads : threads,
    configurable: true,
  })
  const { adapter } = await startEngine({
    prefer: 'wasm',
    purpose: 'inference',
    wasmPath: wasmPath(self.location.href),
    wasmHelper: () =>
      new Worker(new URL('../../src/engine/gpu/wasm/thread.ts', import.meta.url), { type: 'module' }),
  })
  const family = request.family ?? FAMILIES.find(name => PRESETS[name].some(known => known === preset))!
  const network = createNetwork(family, preset, { seed: 1 })
  const pixels = Float32Array.from({ length: size * size * network.bands }, (_, i) => Math.sin(i))
  let seconds = Number.POSITIVE_INFINITY
  let digest = ''
  for (let pass = 0; pass <= passes; pass++) {
    const begin = performance.now()
    const results = tf.tidy(() => {
      const x = tf.tensor4d(pixels, [1, size, size, network.bands])
      return inferencePass(network, x, { domain: 'source' })
    })
    const values = await Promise.all(results.map(result => result.data()))
    const took = (performance.now() - begin) / 1000
    if (pass > 0) seconds = Math.min(seconds, took)
    tf.dispose(results)
    digest = await digestOf(values[0]!)
  }
  return { adapter, seconds, digest, manyProducts: await digestOf(await manyProducts()) }
}

async function digestOf(values: ArrayLike<number>): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', Float32Array.from(values))
  return Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')
}

/** More than a job has items: the windows of a large map are as many. */
function manyProducts(): Promise<ArrayLike<number>> {
  const count = 70_000
  const product = tf.tidy(() => {
    const values = Float32Array.from({ length: count * 64 }, (_, i) => Math.sin(i))
    return tf.matMul(
      tf.tensor3d(values.subarray(count * 32), [count, 4, 8]),
      tf.tensor3d(values, [count, 8, 8]),
    )
  })
  return product.data()
}
