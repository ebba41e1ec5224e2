import type { PixelClamp } from '../../core/masks/maskEdit'
import type { PixelPoint } from '../../core/masks/pixelSpans'
import { BANDS, DEM_BAND, SLOPE_BAND } from '../../core/patches/bands'
import { NORMALISED_DIFFERENCES, normalisedDifference } from '../../core/patches/spectralIndices'
import type { PatchRecord } from '../../core/review/records'
import { ENSEMBLE } from '../../core/rounds/ensemble'
import { selectedPatch } from '../patches/selectors'
import { probabilityKey } from '../pixelCache'
import { loadProbability } from '../review/masks'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import type { ClampSource } from './slice'

/** What edits look at of a patch besides its mask. */
export interface EditGround {
  /** [height, width] of 0 and 1; null: all valid. */
  valid: Uint8Array | null
  /** [height, width] of a band, raw units; undefined: not read. */
  band(number: number): Float32Array | undefined
}

/** That of a patch whose pixels are in memory; null: they are not. */
export function groundInMemory({ pixels }: Pick<Studio, 'pixels'>, patch: PatchRecord): EditGround | null {
  const held = pixels.pixels.get(patch.id)
  if (!held) return null
  const area = patch.width * patch.height
  return {
    valid: held.valid,
    band: number => held.data.subarray(number * area, (number + 1) * area),
  }
}

/** That of any patch: of one that is not in memory no more is read than the clamps that are on look at. */
export async function readGround(studio: Studio, patch: PatchRecord): Promise<EditGround> {
  const state = studio.store.getState()
  if (state.edit.clamps.probability.on) {
    const models = new Set([ENSEMBLE, state.layers.probabilityModel])
    await Promise.all([...models].map(model => loadProbability(studio, patch.id, model)))
  }
  const held = groundInMemory(studio, patch)
  if (held) return held
  const { width, height } = patch
  const bands = clampBands(state)
  const window = { column: 0, row: 0, width, height }
  const { data, valid } = await studio.storage.readPixelWindow(patch.id, window, bands)
  const area = width * height
  return {
    valid,
    band: number => {
      const at = bands.indexOf(number)
      return at < 0 ? undefined : data.subarray(at * area, (at + 1) * area)
    },
  }
}

function clampBands({ edit: { clamps, clampIndex } }: Pick<StudioState, 'edit'>): number[] {
  return [
    ...(clamps.slope.on ? [SLOPE_BAND] : []),
    ...(clamps.elevation.on ? [DEM_BAND] : []),
    ...(clamps.index.on ? indexBands(clampIndex) : []),
  ]
}

function indexBands(clampIndex: string): [number, number] {
  const wanted = NORMALISED_DIFFERENCES.find(({ id }) => id === clampIndex) ?? NORMALISED_DIFFERENCES[0]!
  const numberOf = (name: string) => BANDS.findIndex(candidate => candidate.name === name)
  return [numberOf(wanted.a), numberOf(wanted.b)]
}

/** The clamps that are on, bound to the pixels of a patch. */
export function clampsOf(studio: Studio, patch: PatchRecord, ground: EditGround | null): PixelClamp[] {
  const {
    edit: { clamps },
  } = studio.store.getState()
  return (Object.keys(clamps) as ClampSource[])
    .filter(source => clamps[source].on)
    .map(source => ({ ...clamps[source], valueAt: clampValue(studio, patch, source, ground) }))
}

/** What a clamp looks at, by row-major pixel index; not a number where it is not known. */
export function clampValue(
  studio: Studio,
  patch: PatchRecord,
  source: ClampSource,
  ground = groundInMemory(studio, patch),
): (index: number) => number {
  const {
    edit: { clampIndex },
    layers: { probabilityModel },
  } = studio.store.getState()
  const band = (number: number) => {
    const values = ground?.band(number)
    return (index: number) => values?.[index] ?? Number.NaN
  }
  switch (source) {
    case 'slope':
      return band(SLOPE_BAND)
    case 'elevation':
      return band(DEM_BAND)
    case 'probability': {
      const { probabilities } = studio.pixels
      const values =
        probabilities.get(probabilityKey(patch.id, probabilityModel)) ??
        probabilities.get(probabilityKey(patch.id, ENSEMBLE))
      return index => values?.[index] ?? Number.NaN
    }
    case 'index': {
      const [a, b] = indexBands(clampIndex).map(band) as [ReturnType<typeof band>, ReturnType<typeof band>]
      return index => normalisedDifference(a(index), b(index))
    }
  }
}

const DIGITS: Readonly<Record<ClampSource, number>> = { slope: 0, elevation: 0, index: 2, probability: 2 }

const UNITS: Readonly<Record<ClampSource, string>> = {
  slope: '°',
  elevation: ' m',
  index: '',
  probability: '',
}

export function clampTitle(source: ClampSource, clampIndex: string): string {
  if (source !== 'index') return source
  return NORMALISED_DIFFERENCES.find(({ id }) => id === clampIndex)?.title ?? 'index'
}

/** Which clamps hold an edit back at a pixel, with its values; with no pixel, which are on. Empty where none is. */
export function clampNote(studio: Studio, pixel: PixelPoint | null): { text: string; blocked: boolean } {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const sources = (Object.keys(state.edit.clamps) as ClampSource[]).filter(
    source => state.edit.clamps[source].on,
  )
  if (!patch || sources.length === 0) return { text: '', blocked: false }
  const titles = sources.map(source => clampTitle(source, state.edit.clampIndex))
  const [column, row] = pixel ? [Math.floor(pixel.column), Math.floor(pixel.row)] : [-1, -1]
  if (column < 0 || row < 0 || column >= patch.width || row >= patch.height) {
    return { text: `clamped by ${titles.join(', ')}`, blocked: false }
  }
  const blocking = sources.flatMap((source, index) => {
    const { minimum, maximum } = state.edit.clamps[source]
    const value = clampValue(studio, patch, source)(row * patch.width + column)
    if (value >= minimum && value <= maximum) return []
    if (Number.isNaN(value)) return [`${titles[index]} unknown`]
    return [
      `${titles[index]} ${value.toFixed(DIGITS[source])}${UNITS[source]} ${value < minimum ? '<' : '>'} ` +
        `${(value < minimum ? minimum : maximum).toFixed(DIGITS[source])}${UNITS[source]}`,
    ]
  })
  if (blocking.length > 0) return { text: `clamped: ${blocking.join(', ')}`, blocked: true }
  return { text: `clamped by ${titles.join(', ')}`, blocked: false }
}
