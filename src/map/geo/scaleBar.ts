import type { LengthUnit } from './coordinateSystem'

export interface ScaleBar {
  /** Screen pixels. */
  width: number
  label: string
}

const STEPS = [5, 2, 1]

/**
 * The longest bar of 1, 2 or 5 times a power of ten that fits: in metres or kilometres, feet or degrees as the
 * coordinates are; without a unit it says so.
 *
 * @param unitsPerPixel units of the coordinate system in one screen pixel
 */
export function scaleBar(unitsPerPixel: number, unit: LengthUnit | null, widest = 140): ScaleBar | null {
  const most = unitsPerPixel * widest
  if (!(most > 0) || !Number.isFinite(most)) return null
  const power = 10 ** Math.floor(Math.log10(most))
  const length = (STEPS.find(step => step * power <= most) ?? 1) * power
  return { width: length / unitsPerPixel, label: lengthText(length, unit) }
}

function lengthText(length: number, unit: LengthUnit | null): string {
  const plain = (value: number) => String(Number(value.toPrecision(6)))
  switch (unit) {
    case 'metre':
      return length >= 1000 ? `${plain(length / 1000)} km` : `${plain(length)} m`
    case 'foot':
      return `${plain(length)} ft`
    case 'degree':
      return `${plain(length)}°`
    case null:
      return `${plain(length)} units`
  }
}
