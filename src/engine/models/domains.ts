import type { Tensor4D } from '@tensorflow/tfjs-core'
import * as tf from '@tensorflow/tfjs-core'
import { AppError } from '../../core/foundation/appError'
import type { Domain } from '../../core/patches/patch'
import type { SegmentationNetwork } from './network'

const TARGET = '_target'

/**
 * Gives the target domain the source's running statistics, and its scale and shift where they are separate: what LoveCS
 * does once, after the source-only warm-up. Layer norms keep no statistics and are untouched.
 */
export function copySourceStatisticsToTarget({ parameters }: Pick<SegmentationNetwork, 'parameters'>): void {
  for (const { name } of parameters.all()) {
    if (!name.endsWith(TARGET)) continue
    // A copy: two variables on one buffer would be disposed together.
    const value = parameters.get(name.slice(0, -TARGET.length)).variable.clone()
    parameters.assign(name, value)
    value.dispose()
  }
}

const DOMAINS: readonly Domain[] = ['source', 'target']

/**
 * Runs a batch whose images come from both domains: each domain's images together through a pass of their own (a pass
 * carries one domain), the logits back in the batch's order. Differentiable.
 *
 * @param x [B, H, W, bands] float32.
 * @param domains of the B images.
 * @returns logits [B, H, W, classes].
 * @throws AppError `shape-mismatch` if there is not one domain for each image.
 */
export function forwardByDomain(
  network: Pick<SegmentationNetwork, 'forward'>,
  x: Tensor4D,
  domains: readonly Domain[],
  { training }: { training: boolean },
): Tensor4D {
  if (domains.length !== x.shape[0] || domains.length === 0) {
    throw new AppError(
      'shape-mismatch',
      `A batch of ${x.shape[0]} images has ${domains.length} domains; each image needs one.`,
    )
  }
  const [first] = domains
  if (domains.every(domain => domain === first)) return network.forward(x, { training, domain: first! })
  return tf.tidy(() => {
    const logits: Tensor4D[] = []
    for (const domain of DOMAINS) {
      const places = [...domains.keys()].filter(place => domains[place] === domain)
      const together: Tensor4D = tf.concat(places.map(place => image(x, place)))
      const answers = network.forward(together, { training, domain })
      for (const [index, place] of places.entries()) logits[place] = image(answers, index)
    }
    return tf.concat(logits)
  })
}

/** Slices, not `tf.gather`, whose gradient adds atomically. */
function image(batch: Tensor4D, place: number): Tensor4D {
  const [, height, width, channels] = batch.shape
  return tf.slice4d(batch, [place, 0, 0, 0], [1, height, width, channels])
}
