import type { Readout } from '../../map/cursorReadout'

/** Coordinates of this size are degrees, which need more digits than metres. */
const LARGEST_DEGREE = 360

/** "500025.0, 3999985.0 EPSG:32633", or degrees to a hundred-thousandth (about a metre); '' without georeference. */
export function placeText({ place }: Readout): string {
  if (!place) return ''
  const degrees = Math.abs(place.x) <= LARGEST_DEGREE && Math.abs(place.y) <= LARGEST_DEGREE
  const digits = degrees ? 5 : 1
  return `${place.x.toFixed(digits)}, ${place.y.toFixed(digits)} ${place.crs}`
}

/** "1250 m   34°"; '' where the patch has no elevation here. */
export function terrainText({ elevation, slope }: Readout): string {
  return Number.isFinite(elevation) ? `${Math.round(elevation)} m   ${slope.toFixed(0)}°` : ''
}

export function bandsText(readout: Readout, names?: readonly string[]): string {
  return readout.reflectance
    .filter(({ name }) => !names || names.includes(name))
    .map(({ name, value }) => `${name} ${value.toFixed(3)}`)
    .join('   ')
}

/** What a screen reader says when the crosshair moved: what is judged first, then what it is judged by. */
export function spokenReadout(readout: Readout): string {
  const parts = [`Column ${readout.column}, row ${readout.row}.`]
  if (!readout.valid) return `${parts[0]} No data.`
  const ensemble = readout.probabilities.find(({ id }) => id === 'ensemble')
  const judged = [
    readout.mask && `Mask: ${readout.mask}`,
    ensemble && `ensemble ${Math.round(ensemble.value * 100)} percent`,
    readout.disagreement !== null && `networks ${Math.round(readout.disagreement * 100)} percent apart`,
  ].filter(Boolean)
  if (judged.length > 0) parts.push(`${judged.join(', ')}.`)
  if (Number.isFinite(readout.elevation)) {
    parts.push(
      `Slope ${readout.slope.toFixed(0)} degrees, elevation ${Math.round(readout.elevation)} metres.`,
    )
  }
  const value = (name: string) => readout.reflectance.find(band => band.name === name)?.value.toFixed(2)
  parts.push(`Red ${value('B4')}, near infrared ${value('B8')}, short-wave infrared ${value('B12')}.`)
  return parts.join(' ')
}
