import { describe, expect, test } from 'vitest'
import { FAMILIES, type NetworkFamily, PUBLISHED_PRESETS } from '../../core/rounds/networks'
import type { Rehearsal } from '../gpu/rehearsal'
import '../gpu/tensorflow'
import { profileInference, profileTrainingStep } from './stepProfile'

interface Bound {
  dispatches: number
  gbMoved: number
  peakGb: number
  bufferMib: number
  /** Buffers that no pool had, of a steady step. */
  made?: number
}

/** A dispatch that takes longer may trip a watchdog; see `dispatchInParts`. */
const MOST_GFLOP = 20

/**
 * What a pass over one image of 512 x 512 x 14 takes at most, at published size, on the branch that hardware takes. A
 * change that lowers a count lowers its bound; one that has to raise a bound says why in docs/engine.md.
 */
const BOUNDS: Record<NetworkFamily, { step: Bound; inference: Bound }> = {
  segformer: {
    step: { dispatches: 712, gbMoved: 6.4, peakGb: 1.27, bufferMib: 64, made: 65 },
    inference: { dispatches: 237, gbMoved: 1.7, peakGb: 0.41, bufferMib: 48 },
  },
  'swin-unet': {
    step: { dispatches: 447, gbMoved: 5.8, peakGb: 1.3, bufferMib: 61, made: 60 },
    inference: { dispatches: 128, gbMoved: 1.5, peakGb: 0.36, bufferMib: 32 },
  },
  'efficientnetv2-unet': {
    step: { dispatches: 1153, gbMoved: 6.8, peakGb: 1.33, bufferMib: 64, made: 50 },
    inference: { dispatches: 252, gbMoved: 1.4, peakGb: 0.31, bufferMib: 32 },
  },
  'resnet-unet': {
    step: { dispatches: 556, gbMoved: 7, peakGb: 1.4, bufferMib: 64, made: 25 },
    inference: { dispatches: 75, gbMoved: 1.25, peakGb: 0.37, bufferMib: 32 },
  },
  'hrnet-ocr': {
    step: { dispatches: 2827, gbMoved: 9.7, peakGb: 1.39, bufferMib: 64, made: 22 },
    inference: { dispatches: 364, gbMoved: 1.7, peakGb: 0.47, bufferMib: 64 },
  },
}

function expectWithin(counts: Rehearsal, bound: Bound): void {
  const { dispatches, bytesMoved, peakBytes, largestBytes, largestDispatch, buffersMade } = counts
  expect.soft(dispatches, 'dispatches').toBeLessThanOrEqual(bound.dispatches)
  expect.soft(bytesMoved / 1e9, 'GB moved').toBeLessThanOrEqual(bound.gbMoved)
  expect.soft(peakBytes / 1e9, 'peak, GB').toBeLessThanOrEqual(bound.peakGb)
  expect.soft(largestBytes / 2 ** 20, 'largest buffer, MiB').toBeLessThanOrEqual(bound.bufferMib)
  expect.soft((2 * largestDispatch) / 1e9, 'largest dispatch, GFLOP').toBeLessThanOrEqual(MOST_GFLOP)
  if (bound.made !== undefined) expect.soft(buffersMade, 'buffers made').toBeLessThanOrEqual(bound.made)
}

describe.each(FAMILIES)('%s at published size stays within its bounds', family => {
  const request = { family, preset: PUBLISHED_PRESETS[family], size: 512, batch: 1 }

  test('a training step', { timeout: 120_000 }, () => {
    const counts = profileTrainingStep(request)
    expectWithin(counts, BOUNDS[family].step)
    expect([...counts.byPhase.keys()].sort()).toEqual(['backward', 'forward', 'loss', 'optimiser'])
    const sum = [...counts.byKernel.values()].reduce((total, work) => total + work.dispatches, 0)
    expect(sum).toBe(counts.dispatches)
    // Published networks of some 10 to 60 million weights: a count that lost its products would be far below.
    expect((2 * counts.multiplyAdds) / 1e9).toBeGreaterThan(90)
  })

  test('inference', { timeout: 120_000 }, () => {
    const counts = profileInference(request)
    expectWithin(counts, BOUNDS[family].inference)
    expect([...counts.byPhase.keys()]).toEqual(['forward'])
    expect((2 * counts.multiplyAdds) / 1e9).toBeGreaterThan(40)
  })
})

test.each(['hrnet-ocr', 'resnet-unet'] as const)(
  '%s: no dispatch for four images is larger than one for one image may be',
  { timeout: 120_000 },
  family => {
    const request = { family, preset: PUBLISHED_PRESETS[family], size: 512, batch: 4 }
    const { largestDispatch } = profileTrainingStep(request)
    expect((2 * largestDispatch) / 1e9).toBeGreaterThan(5)
    expect((2 * largestDispatch) / 1e9).toBeLessThanOrEqual(MOST_GFLOP)
  },
)
