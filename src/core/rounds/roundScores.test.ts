import { expect, test } from 'vitest'
import { roundFixture } from '../review/records.testing'
import { emptyTally, type ProbabilityTally } from './probabilityTally'
import { changedAt, networkScoresAt, roundScoresAt, scoresBeforeAt, worseF1 } from './roundScores'

/** Landslide pixels at these probabilities, and as many background pixels at 0.1. */
function tallyOf(...probabilities: number[]): ProbabilityTally {
  const tally = emptyTally()
  for (const p of probabilities) {
    tally.pixels[Math.round(p * 100)]! += 1
    tally.landslides[Math.round(p * 100)]! += 1
  }
  tally.pixels[10]! += probabilities.length
  return tally
}

const [network] = roundFixture().networks

test('scores are those of the masks at the threshold asked for', () => {
  const tally = tallyOf(0.6, 0.8)
  const round = roundFixture({ heldOutTally: tally, heldOutBefore: tallyOf(0.9, 0.9) })
  expect(roundScoresAt(round, 0.5)).toMatchObject({ threshold: 0.5, metrics: { truePositive: 2, recall: 1 } })
  expect(roundScoresAt(round, 0.7)).toMatchObject({
    threshold: 0.7,
    metrics: { truePositive: 1, recall: 0.5 },
  })
  expect(networkScoresAt({ ...network!, tally }, round, 0.9)).toMatchObject({ metrics: { recall: 0 } })
  expect(scoresBeforeAt(round, 0.7)?.metrics.recall).toBe(1)
})

test('a round is worse where it scores lower than what was before it on the same patches', () => {
  const round = roundFixture({ heldOutTally: tallyOf(0.6, 0.8), heldOutBefore: tallyOf(0.9, 0.9) })
  expect(worseF1(round, 0.5)).toBeNull()
  expect(worseF1(round, 0.7)).toEqual({ before: 1, after: 2 / 3 })
  expect(worseF1(roundFixture({ heldOutTally: tallyOf(0.6) }), 0.7)).toBeNull()
})

test('a round of an earlier version gives the scores that it has, and the threshold they were taken at', () => {
  const round = roundFixture({ ensembleHeldOut: network!.heldOut })
  expect(roundScoresAt(round, 0.7)).toEqual({ threshold: 0.5, metrics: network!.heldOut })
  expect(networkScoresAt(network!, round, 0.7)?.threshold).toBe(0.5)
  expect(roundScoresAt(roundFixture(), 0.7)).toBeNull()
  expect(scoresBeforeAt(round, 0.5)).toBeNull()
  expect(worseF1(round, 0.5)).toBeNull()
})

test('what changed is counted at the threshold asked for', () => {
  const target = roundFixture().target!
  const changes = { gained: new Array(101).fill(0), lost: new Array(101).fill(0) }
  changes.gained[70] = 9
  const round = roundFixture({ target: { ...target, changes } })
  expect(changedAt(round, 0.7)).toEqual({ gained: 9, lost: 0, compared: 100 })
  expect(changedAt(roundFixture(), 0.7)).toEqual({ gained: 1, lost: 2, compared: 100 })
  expect(changedAt(roundFixture({ target: { ...target, changedPixels: null } }), 0.7)).toBeNull()
})
