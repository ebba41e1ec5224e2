import { describe, expect, it } from 'vitest'
import {
  calibrationError,
  emptyTally,
  type ProbabilityTally,
  TALLY_BINS,
} from '../../core/rounds/probabilityTally'
import { calibrated, fitCalibration, UNCALIBRATED } from './calibration'

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** 1,000 pixels a bin whose share of landslides is sigmoid(slope * logit(p) + offset). */
function tallyWith(slope: number, offset: number): ProbabilityTally {
  const tally = emptyTally()
  for (let bin = 0; bin < TALLY_BINS; bin++) {
    const p = (bin + 0.5) / TALLY_BINS
    tally.pixels[bin] = 1000
    tally.landslides[bin] = 1000 * sigmoid(slope * Math.log(p / (1 - p)) + offset)
  }
  return tally
}

describe('calibration of a tally', () => {
  it('finds the slope and the offset that the labels were made with', () => {
    const found = fitCalibration(tallyWith(0.6, -0.8), 'both')
    expect(found.slope).toBeCloseTo(0.6, 5)
    expect(found.offset).toBeCloseTo(-0.8, 5)
    expect(fitCalibration(tallyWith(0.6, 0), 'slope').slope).toBeCloseTo(0.6, 5)
  })

  it('leaves true probabilities alone', () => {
    const found = fitCalibration(tallyWith(1, 0), 'both')
    expect(found.slope).toBeCloseTo(1, 5)
    expect(found.offset).toBeCloseTo(0, 5)
  })

  it('makes probabilities true that were not, and keeps every pixel', () => {
    const tally = tallyWith(0.6, -0.8)
    const better = calibrated(tally, fitCalibration(tally, 'both'))
    expect(calibrationError(tally)).toBeGreaterThan(0.1)
    expect(calibrationError(better)).toBeLessThan(0.01)
    const sum = (values: number[]) => values.reduce((total, value) => total + value, 0)
    expect(sum(better.pixels)).toBe(sum(tally.pixels))
    expect(sum(better.landslides)).toBeCloseTo(sum(tally.landslides), 6)
  })

  it('does nothing where only one class was seen', () => {
    const tally = tallyWith(1, 0)
    tally.landslides.fill(0)
    expect(fitCalibration(tally, 'both')).toEqual(UNCALIBRATED)
  })
})
