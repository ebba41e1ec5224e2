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
  /** SHA-256 of the results' bits. */
  digest: string
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
    const hash = await crypto.subtle.digest('SHA-256', new Uint8Array(Float32Array.from(values[0]!).buffer))
    digest = Array.from(new Uint8Array(hash), byte => byte.toString(16).padStart(2, '0')).join('')
  }
  return { adapter, seconds, digest }
}
