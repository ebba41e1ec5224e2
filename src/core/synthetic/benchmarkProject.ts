import { randomStream } from '../foundation/random'
import type { Patch } from '../patches/patch'
import { generatePatch } from './generatePatch'
import { type Region, SOURCE_REGION } from './region'
import { sensorShifted } from './sensorShift'
import { shiftedRegion } from './shiftedRegion'

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
