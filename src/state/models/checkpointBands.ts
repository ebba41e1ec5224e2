import { toAppError } from '../../core/foundation/appError'
import { bandSetsOf, describeMapping, mapBands, readBandNames } from '../../core/patches/bandSets'
import { BAND_COUNT } from '../../core/patches/bands'

/** What a person says of the bands of a checkpoint's first layer. */
export interface BandChoice {
  /** A known set's id, a list of names, or that they are unknown; null: nothing yet. */
  way: string | 'names' | 'position' | null
  /** The list as it was typed. */
  names: string
}

/** What a choice means for the model. */
export type BandAnswer =
  | { status: 'open' }
  | { status: 'wrong'; message: string }
  /** `bandNames`: for `acceptCheckpoint`; null: by position. */
  | { status: 'ready'; bandNames: string[] | null; message: string }

/** The known set of so many bands where there is only one; of several, nothing in the file says which it is. */
export function firstBandChoice(count: number): BandChoice {
  const [set, ...others] = bandSetsOf(count)
  return { way: set && others.length === 0 ? set.id : null, names: '' }
}

/** @param count bands of the checkpoint. */
export function answerOf({ way, names }: BandChoice, count: number): BandAnswer {
  if (way === null || (way === 'names' && names.trim() === '')) return { status: 'open' }
  if (way === 'position') {
    const message = `Its ${count} bands are repeated in turn to ${BAND_COUNT} and scaled by ${count}/${BAND_COUNT}, as timm does.`
    return { status: 'ready', bandNames: null, message }
  }
  try {
    const bandNames = readBandNames(way === 'names' ? names : way)
    if (bandNames.length !== count) {
      const message = `The first layer takes ${count} bands, but ${bandNames.length} are named.`
      return { status: 'wrong', message }
    }
    return { status: 'ready', bandNames, message: describeMapping(mapBands(bandNames)) }
  } catch (thrown) {
    return { status: 'wrong', message: toAppError(thrown).message }
  }
}
