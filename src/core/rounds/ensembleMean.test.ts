import { expect, test } from 'vitest'
import { ensembleMean } from './ensemble'
import { meanProbability } from './ensembleMean'

test('the mean is the one that a round writes, bit for bit', () => {
  const member = (seed: number) =>
    Float32Array.from({ length: 257 }, (_, index) => (((index + 1) * seed * 7919) % 1009) / 1009)
  const members = [member(3), member(5), member(11)]
  members[1]![7] = Number.NaN
  expect(meanProbability(members)).toEqual(ensembleMean(members))
  expect(meanProbability(members)[7]).toBeNaN()
})

test('probabilities of two rasters are refused', () => {
  expect(() => meanProbability([new Float32Array(2), new Float32Array(3)])).toThrowError(/several sizes/)
  expect(() => meanProbability([])).toThrowError(/one network/)
})
