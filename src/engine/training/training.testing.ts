import * as tf from '@tensorflow/tfjs-core'
import { randomStream } from '../../core/foundation/random'
import type { DeclaredNetwork, SegmentationNetwork } from '../models/network'
import { crossSensorNormalisation } from '../nn/crossSensorNormalisation'
import { convolution, dropPath } from '../nn/layers'
import { addBranch } from '../nn/ops/residual'
import { createParameterRegistry, createParameterScope } from '../nn/parameterRegistry'
import { createParameterStore } from '../nn/parameterStore'
import type { SampleProvider, TrainingSample } from './trainingSample'

export const BANDS = 14
export const SIDE = 16

/** Convolution, cross-sensor normalisation, drop path, classifier: every mechanism of the loop, at no cost. */
export function smallNetwork(seed: number, dropRate = 0): SegmentationNetwork {
  const { registry, definition } = declareSmall(seed, dropRate)
  const parameters = createParameterStore(registry, seed)
  return {
    family: 'segformer',
    preset: `small ${dropRate}`,
    bands: BANDS,
    classes: 2,
    parameters,
    forward: definition.forward,
    declare: () => declareSmall(seed, dropRate),
    dispose: () => parameters.dispose(),
  }
}

function declareSmall(seed: number, dropRate: number): DeclaredNetwork {
  const registry = createParameterRegistry()
  const scope = createParameterScope(registry)
  const body = convolution(scope.at('body'), { in: BANDS, out: 8, kernel: 3, padding: 1 })
  const norm = crossSensorNormalisation(scope.at('norm'), 8)
  const drop = dropPath(dropRate, randomStream(seed, 'drop-path'))
  const head = convolution(scope.at('head'), { in: 8, out: 2, kernel: 1, bias: true })
  return {
    registry,
    definition: {
      features: () => [],
      forward(x, mode) {
        const features = tf.relu(norm(body(x), mode))
        return head(addBranch(features, features, drop(x.shape[0], mode)))
      },
    },
  }
}

/** Landslides are where band 3 is high: learnable in a few steps. */
export function sampleOf(seed: number): TrainingSample {
  const random = randomStream(seed, 'sample')
  const pixels = Float32Array.from({ length: SIDE * SIDE * BANDS }, () => random.normal() * 0.3)
  const label = new Uint8Array(SIDE * SIDE)
  for (let i = 0; i < label.length; i++) {
    if (!random.chance(0.2)) continue
    label[i] = 1
    pixels[i * BANDS + 3] = 2
  }
  return { width: SIDE, height: SIDE, pixels, label }
}

/** Samples of the seeds from `first` on. */
export function provider(count: number, first: number): SampleProvider {
  const ids = Array.from({ length: count }, (_, i) => String(first + i))
  return { ids, load: async id => sampleOf(Number(id)) }
}

/** Every weight and running statistic by name. */
export async function valuesOf({
  parameters,
}: Pick<SegmentationNetwork, 'parameters'>): Promise<Record<string, number[]>> {
  const values = await Promise.all(
    parameters.all().map(async ({ name, variable }) => [name, Array.from(await variable.data())] as const),
  )
  return Object.fromEntries(values)
}
