import type { Patch } from '../patches/patch'
import { generatePatch, type PatchSpec } from './generatePatch'
import { SOURCE_REGION, TARGET_REGION } from './region'

export interface DemoOptions {
  /** Pixels a side, 128 by default. */
  size?: number
  /** Labelled patches, 12 by default. */
  sourceCount?: number
  /** Patches of the new event, 8 by default. */
  targetCount?: number
}

/**
 * The demo project, one patch at a time: first the labelled source region ("image_1" ...), then the target region,
 * numbered on and without labels. The same seed and options give the same patches, whatever their number.
 */
export function* demoProject(seed: number, options: DemoOptions = {}): Generator<Patch, void> {
  for (const spec of demoSpecs(seed, options)) yield generatePatch(spec)
}

/** The labels that `demoProject` keeps back: id and mask (0, 1) of every target patch, for measuring only. */
export function* demoTruth(
  seed: number,
  options: DemoOptions = {},
): Generator<{ id: string; name: string; label: Uint8Array }, void> {
  for (const spec of demoSpecs(seed, options)) {
    if (spec.region.name === 'source') continue
    const { id, name, label } = generatePatch({ ...spec, labelled: true })
    if (label) yield { id, name, label }
  }
}

function* demoSpecs(seed: number, options: DemoOptions): Generator<PatchSpec, void> {
  const { size = 128, sourceCount = 12, targetCount = 8 } = options
  for (let index = 1; index <= sourceCount; index++) {
    const name = `image_${index}`
    yield { seed, index, region: SOURCE_REGION, size, name, id: `demo-source-${index}`, labelled: true }
  }
  for (let index = 1; index <= targetCount; index++) {
    // Numbered on, so that no exported file of one region takes another's name.
    const name = `image_${sourceCount + index}`
    yield { seed, index, region: TARGET_REGION, size, name, id: `demo-target-${index}`, labelled: false }
  }
}
