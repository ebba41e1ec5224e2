import { randomStream } from '../foundation/random'
import { BAND_COUNT } from '../patches/bands'
import type { Patch } from '../patches/patch'
import { generatePatch } from './generatePatch'
import { type Region, SOURCE_REGION, shiftedRegion } from './region'

export interface BenchmarkOptions {
  /** The same seed gives the same patches, however many are asked for; another one another benchmark. */
  seed: number
  /** Labelled patches, 48 by default. */
  sourceCount?: number
  /** Patches of the new event, 24 by default. */
  targetCount?: number
  /** Pixels a side, 128 by default. */
  size?: number
  /** Strength of the shift: 0 none, 1 (default) as strong as between the two real sets, up to 3. */
  shift?: number
  /** Strength of a shift of the sensor alone, laid over the target: 0 (default) none, 1 as strong as the real one, up to 3. */
  sensorShift?: number
}

export interface BenchmarkPatch {
  /** As a project would hold it: target patches have no label. */
  patch: Patch
  /** [H, W] of 0, 1: the mask, kept back from training where the patch is of the target. */
  truth: Uint8Array
}

/**
 * The benchmark of the ablation, one patch at a time: a labelled source region ("image_1" ...), then a target region,
 * numbered on, whose labels are known but not in the patch. Its seeds are its own: none of its patches is among those
 * of `demoProject`, from which the starters learned.
 *
 * At strength 1 the root mean square of the 14 bands' mean shifts is that of the 9 real target against the 15 real
 * labelled patches, 0.60 source deviations; see docs/demo.md for the bands.
 */
export function* benchmarkProject(options: BenchmarkOptions): Generator<BenchmarkPatch, void> {
  const { sourceCount = 48, targetCount = 24, size = 128, shift = 1, sensorShift = 0 } = options
  const seed = randomStream(options.seed, 'benchmark').integer(0, 0x7fffffff)
  const generate = (region: Region, index: number, number: number): BenchmarkPatch => {
    const name = `image_${number}`
    const id = `benchmark-${region.name}-${index}`
    const patch = generatePatch({ seed, index, region, size, name, id, labelled: true })
    const truth = patch.label!
    if (region.name === 'source') return { patch, truth }
    const data = sensorShift === 0 ? patch.data : sensorShifted(patch.data, sensorShift)
    return { patch: { ...patch, data, label: null }, truth }
  }
  for (let index = 1; index <= sourceCount; index++) yield generate(SOURCE_REGION, index, index)
  const target = shiftedRegion(shift)
  for (let index = 1; index <= targetCount; index++) yield generate(target, index, sourceCount + index)
}

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
function sensorShifted(data: Float32Array, strength: number): Float32Array {
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
