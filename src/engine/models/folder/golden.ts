import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../../core/foundation/appError'
import { randomStream } from '../../../core/foundation/random'
import type { Domain } from '../../../core/patches/patch'
import { softmax } from '../../nn/ops/softmax'
import { readSafetensors, type StoredTensor, writeSafetensors } from '../checkpoint/safetensors'
import { type NetworkDefinition, requireFiniteOutput, type SegmentationNetwork } from '../network'
import { prepareForward } from '../prepareForward'

/** A seeded input and the probabilities that a model gave for it where it was saved. All NHWC float32. */
export interface Golden {
  /** [1, H, W, bands], standard normal, as z-scored bands are. */
  input: StoredTensor
  /** [1, H, W, classes], softmax of the logits, by domain. */
  probability: Record<Domain, StoredTensor>
}

/**
 * Pixels on a side that a golden input may have: as many as a network takes (`SegmentationNetwork.forward`), and so few
 * that it is computed at once. Fewer bring the WASM backend down, and with it every model after this one.
 */
const MIN_SIDE = 32
const MAX_SIDE = 512

const DOMAINS: readonly Domain[] = ['source', 'target']

/**
 * Runs a network on a seeded input of size x size pixels and keeps what it gave in both domains.
 *
 * @throws AppError `gpu-failed` if the device refused something or the network's output is not finite, `gpu-lost`.
 */
export async function makeGolden(
  network: SegmentationNetwork,
  { seed = 1, size = 64 }: { seed?: number; size?: number } = {},
): Promise<Golden> {
  const { normal } = randomStream(seed, 'golden')
  const shape = [1, size, size, network.bands]
  const data = Float32Array.from({ length: size * size * network.bands }, normal)
  const input = { shape, data }
  const [source, target] = await probabilities(network, input)
  return { input, probability: { source: source!, target: target! } }
}

/**
 * Compares a network with its golden outputs.
 *
 * @returns the largest absolute difference of a probability, in both domains. Float32 on another adapter stays well
 *   below 1e-3.
 * @throws AppError `model-invalid` for a golden of another network, and as `makeGolden`.
 */
export async function checkModel(network: SegmentationNetwork, golden: Golden): Promise<number> {
  if (golden.input.shape[3] !== network.bands) {
    throw new AppError('model-invalid', 'The golden input has another number of bands than the network.')
  }
  const ours = await probabilities(network, golden.input)
  let largest = 0
  for (const [index, domain] of DOMAINS.entries()) {
    const expected = golden.probability[domain]
    const { shape, data } = ours[index]!
    if (shape.join() !== expected.shape.join()) {
      throw new AppError(
        'model-invalid',
        `The golden output has shape [${expected.shape}], the network gives [${shape}].`,
      )
    }
    for (let i = 0; i < data.length; i++) {
      const error = Math.abs(Number(data[i]) - Number(expected.data[i]))
      if (!(error <= largest)) largest = error
    }
  }
  return largest
}

/** golden.safetensors: `input`, `probability_source`, `probability_target`. */
export function writeGolden({ input, probability }: Golden): Uint8Array {
  const tensors = new Map([['input', input]])
  for (const domain of DOMAINS) tensors.set(`probability_${domain}`, probability[domain])
  return writeSafetensors(tensors)
}

/** @throws AppError `model-invalid` if a tensor is missing or is not a map. */
export function readGolden(bytes: Uint8Array): Golden {
  const { tensors } = readSafetensors(bytes)
  const map = (name: string): StoredTensor => {
    const tensor = tensors.get(name)
    const [batch, height, width] = tensor?.shape ?? []
    const isMap = tensor?.shape.length === 4 && batch === 1 && tensor.data instanceof Float32Array
    if (isMap && [height!, width!].every(side => side >= MIN_SIDE && side <= MAX_SIDE)) return tensor
    throw new AppError(
      'model-invalid',
      `The model's golden.safetensors holds no map "${name}" of ${MIN_SIDE} to ${MAX_SIDE} pixels a side. Fetch it again.`,
    )
  }
  return {
    input: map('input'),
    probability: { source: map('probability_source'), target: map('probability_target') },
  }
}

async function probabilities(network: SegmentationNetwork, input: StoredTensor): Promise<StoredTensor[]> {
  const results: StoredTensor[] = []
  const [batch, height, width] = input.shape as Tensor4D['shape']
  const pass = (definition: Pick<NetworkDefinition, 'forward'>, x: Tensor4D, domain: Domain) => {
    const logits = definition.forward(x, { training: false, domain })
    return [softmax(logits), tf.sum(logits)]
  }
  await prepareForward(network, 'golden', [batch, height, width], (definition, x) =>
    pass(definition, x, 'source'),
  )
  for (const domain of DOMAINS) {
    const [probability, sum] = tf.tidy(() =>
      pass(network, tf.tensor4d(input.data as Float32Array, [batch, height, width, network.bands]), domain),
    )
    const read = Promise.all([probability!.data(), sum!.data()])
    const [data, total] = await read.finally(() => tf.dispose([probability!, sum!]))
    requireFiniteOutput(network, total[0])
    results.push({ shape: [...probability!.shape], data: data as Float32Array })
  }
  return results
}
