import type { PixelPoint } from '../core/review/pixelPoint'
import { SPECTRAL_INDICES } from '../core/review/spectralIndex'
import { clampValue } from './actions/editMask'
import { selectedPatch } from './selectors'
import type { ClampSource } from './slices/editSlice'
import type { Studio } from './studio'

const DIGITS: Readonly<Record<ClampSource, number>> = { slope: 0, elevation: 0, index: 2, probability: 2 }
const UNITS: Readonly<Record<ClampSource, string>> = {
  slope: '°',
  elevation: ' m',
  index: '',
  probability: '',
}

export function clampTitle(source: ClampSource, clampIndex: string): string {
  if (source !== 'index') return source
  return SPECTRAL_INDICES.find(({ id }) => id === clampIndex)?.title ?? 'index'
}

/** Which clamps hold an edit back at a pixel, with its values; with no pixel, which are on. Empty where none is. */
export function clampNote(studio: Studio, pixel: PixelPoint | null): { text: string; blocked: boolean } {
  const state = studio.store.getState()
  const patch = selectedPatch(state)
  const sources = (Object.keys(state.clamps) as ClampSource[]).filter(source => state.clamps[source].on)
  if (!patch || sources.length === 0) return { text: '', blocked: false }
  const titles = sources.map(source => clampTitle(source, state.clampIndex))
  const [column, row] = pixel ? [Math.floor(pixel.column), Math.floor(pixel.row)] : [-1, -1]
  if (column < 0 || row < 0 || column >= patch.width || row >= patch.height) {
    return { text: `clamped by ${titles.join(', ')}`, blocked: false }
  }
  const blocking = sources.flatMap((source, index) => {
    const { minimum, maximum } = state.clamps[source]
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
