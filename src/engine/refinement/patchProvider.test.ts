import { expect, test } from 'vitest'
import { statisticsOf } from '../../core/patches/statistics'
import { maskedTruth, predictionOrder, roundSamples } from './patchProvider'
import { cellScene, patchOf, provider, withCells } from './round.testing'

test('what lies outside the area of interest is ignored in labels, and seen by the networks', async () => {
  const patch = patchOf(1, 1, true)
  const inside = new Uint8Array(patch.label!.length).fill(1, 0, 500)
  const valid = new Uint8Array(patch.label!.length).fill(1, 10)
  const truth = maskedTruth({ ...patch, valid, inside })
  expect(truth.every((value, i) => value === (i < 10 || i >= 500 ? 255 : patch.label![i]))).toBe(true)
  expect(maskedTruth({ ...patch, inside: null })).toEqual(patch.label)

  const given = { ids: ['a'], load: async () => ({ label: patch.label!.map(() => 1), soft: null }) }
  const statistics = statisticsOf(patch)
  const sampleOf = (area: Uint8Array | null) =>
    roundSamples({ ids: ['a'], load: async () => ({ ...patch, inside: area }) }, statistics, given).load('a')
  const sample = await sampleOf(inside)
  expect(sample.label.every((value, i) => value === (i < 500 ? 1 : 255))).toBe(true)
  expect(sample.pixels).toEqual((await sampleOf(null)).pixels)
})

test('cells come after the patches, west to east, and any rest of them in the same order', () => {
  const patches = withCells(provider('t', 2, 1), cellScene())
  expect(patches.ids).toEqual(['c2', 't-0', 'c0', 't-1', 'c1'])
  const order = predictionOrder(patches)
  expect(order).toEqual(['t-0', 't-1', 'c0', 'c1', 'c2'])
  for (let done = 0; done < order.length; done++)
    expect(predictionOrder({ ...patches, ids: order.slice(done) })).toEqual(order.slice(done))
})
