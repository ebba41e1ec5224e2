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
}

/**
 * What a pass over one image of 512 x 512 x 14 takes at most, at published size, on the branch that hardware takes. A
 * change that lowers a count lowers its bound; one that has to raise a bound says why in docs/engine.md.
 */
const BOUNDS: Record<NetworkFamily, { step: Bound; inference: Bound }> = {
  segformer: {
    step: { dispatches: 715, gbMoved: 6.5, peakGb: 1.27, bufferMib: 64 },
    inference: { dispatches: 237, gbMoved: 1.7, peakGb: 0.41, bufferMib: 48 },
  },
  'swin-unet': {
    step: { dispatches: 447, gbMoved: 5.8, peakGb: 1.3, bufferMib: 61 },
    inference: { dispatches: 138, gbMoved: 1.6, peakGb: 0.38, bufferMib: 32 },
  },
  'efficientnetv2-unet': {
    step: { dispatches: 1163, gbMoved: 7, peakGb: 1.33, bufferMib: 64 },
    inference: { dispatches: 273, gbMoved: 1.7, peakGb: 0.33, bufferMib: 32 },
  },
  'resnet-unet': {
    step: { dispatches: 560, gbMoved: 7.1, peakGb: 1.4, bufferMib: 64 },
    inference: { dispatches: 105, gbMoved: 1.5, peakGb: 0.38, bufferMib: 32 },
  },
  'hrnet-ocr': {
    step: { dispatches: 2941, gbMoved: 9.6, peakGb: 1.39, bufferMib: 64 },
    inference: { dispatches: 628, gbMoved: 2, peakGb: 0.54, bufferMib: 64 },
  },
}

function expectWithin(counts: Rehearsal, bound: Bound): void {
  const { dispatches, bytesMoved, peakBytes, largestBytes } = counts
  expect.soft(dispatches, 'dispatches').toBeLessThanOrEqual(bound.dispatches)
  expect.soft(bytesMoved / 1e9, 'GB moved').toBeLessThanOrEqual(bound.gbMoved)
  expect.soft(peakBytes / 1e9, 'peak, GB').toBeLessThanOrEqual(bound.peakGb)
  expect.soft(largestBytes / 2 ** 20, 'largest buffer, MiB').toBeLessThanOrEqual(bound.bufferMib)
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
