import { BAND_COUNT } from '../patches/bands'

/** Mean and standard deviation of B1..B12, raw units, over all pixels of 15 real labelled patches (docs/demo.md). */
const SOURCE = [
  [1004, 186],
  [756, 185],
  [660, 197],
  [464, 216],
  [729, 256],
  [1623, 527],
  [1971, 678],
  [1970, 714],
  [879, 279],
  [16, 12],
  [1203, 579],
  [596, 362],
] as const

/** The same of 9 real patches of the target. */
const TARGET = [
  [1068, 174],
  [817, 183],
  [710, 198],
  [524, 242],
  [830, 269],
  [1715, 441],
  [2030, 533],
  [2054, 591],
  [1163, 441],
  [35, 49],
  [1374, 530],
  [711, 403],
] as const

/**
 * The spectral bands as another sensor would have recorded the same ground: a gain and an offset for each band, and
 * nothing else. At strength 1 they take the mean and deviation of the real labelled patches to those of the real
 * target, whatever the cause of that shift was there. Slope and elevation stay. Nothing is rounded or cut at 0, so
 * that z-scoring a set by itself undoes the shift whole.
 *
 * @param data [14, H, W], raw units; left alone.
 * @param strength 0 none; means move in proportion to it, deviations by its power.
 * @returns a copy.
 */
export function sensorShifted(data: Float32Array, strength: number): Float32Array {
  const shifted = data.slice()
  const pixels = data.length / BAND_COUNT
  SOURCE.forEach(([mean, deviation], band) => {
    const [targetMean, targetDeviation] = TARGET[band]!
    const gain = (targetDeviation / deviation) ** strength
    const offset = mean + strength * (targetMean - mean) - gain * mean
    for (let at = band * pixels; at < (band + 1) * pixels; at++) shifted[at] = gain * data[at]! + offset
  })
  return shifted
}
