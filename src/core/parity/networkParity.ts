import * as tf from '@tensorflow/tfjs-core'
import { loadCheckpoint } from '../models/checkpoint/loadCheckpoint'
import { createNetwork } from '../models/createNetwork'
import type { NetworkFamily } from '../models/network'
import { largestError, toNhwc } from './compareMap'
import type { ParityCase } from './parityCase'

/** A fixture of a whole network, and which of ours computes it. */
export interface NetworkParityCase {
  name: string
  family: NetworkFamily
  preset: string
  /** What the peer calls the encoder's maps, from fine to coarse; empty where the fixture leaves them out. */
  features: readonly string[]
  logits: string
}

const stages = ['stage1', 'stage2', 'stage3', 'stage4']
const features = ['feature1', 'feature2', 'feature3', 'feature4', 'feature5']
const segformer = { family: 'segformer', features: stages, logits: 'logits_up' } as const
const swin = { family: 'swin-unet', logits: 'logits' } as const
const effnet = { family: 'efficientnetv2-unet', features, logits: 'logits' } as const

/** Small networks: a second each. */
export const TINY_CASES: readonly NetworkParityCase[] = [
  { name: 'segformer-tiny', preset: 'tiny', ...segformer },
  { name: 'segformer-tiny-odd', preset: 'tiny', ...segformer },
  { name: 'segformer-tiny-eps', preset: 'tiny', ...segformer },
  { name: 'unet-swin-tiny', preset: 'tiny', features: features.slice(1), ...swin },
  { name: 'unet-effnetv2-tiny', preset: 'tiny', ...effnet },
]

/** Published sizes: up to a minute each on a software adapter. */
export const LARGE_CASES: readonly NetworkParityCase[] = [
  { name: 'segformer-mitb0', preset: 'segformer-b0', ...segformer },
  { name: 'unet-swin-t', preset: 'swin-tiny', features: [], ...swin },
  { name: 'unet-effnetv2-b0', preset: 'efficientnetv2-b0', ...effnet },
]

export interface ParityRow {
  /** The peer's name of the map. */
  map: string
  /** Largest absolute difference. */
  error: number
  tolerance: number
}

/** Runs one of our networks on a peer's weights and input, and compares its maps, on the current backend. */
export async function networkParity(
  { family, preset, features, logits }: NetworkParityCase,
  parity: ParityCase,
): Promise<ParityRow[]> {
  const mode = { training: false, domain: 'source' } as const
  const network = createNetwork(family, preset, { seed: null })
  const x = toNhwc(parity.inputs.get('input')!)
  try {
    loadCheckpoint(network.parameters, parity.weights)
    const maps = tf.tidy(() => [
      ...(features.length > 0 ? network.features(x, mode) : []),
      network.forward(x, mode),
    ])
    const rows: ParityRow[] = []
    for (const [i, map] of [...features, logits].entries()) {
      const { file, atol } = parity.outputs.find(row => row.name === map)!
      const expected = { ...parity.stored(file).get(map)!, atol }
      rows.push({ map, error: await largestError(maps[i]!, expected), tolerance: expected.atol })
    }
    tf.dispose(maps)
    return rows
  } finally {
    x.dispose()
    network.dispose()
  }
}
