import { verdictTitle } from '../core/review/auditLog'
import type { Verdict } from '../core/review/verdict'
import type { BackendName, EngineInfo } from '../core/rounds/engineInfo'
import { ENSEMBLE } from '../core/rounds/ensemble'
import { FAMILY_TITLES } from '../core/rounds/networks'
import type { Readout } from '../map/cursorReadout'
import type { ModelSummary } from '../worker/protocolModels'

/** "812 MB", "1.4 GB", binary multiples. */
export function formatBytes(bytes: number): string {
  if (bytes >= 2 ** 30) return `${(bytes / 2 ** 30).toFixed(1)} GB`
  return `${Math.round(bytes / 2 ** 20)} MB`
}
/** Seconds as a person says them: "8 s", "2 min 5 s", "1 h 12 min". */
export function formatDuration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds))
  if (whole < 60) return `${whole} s`
  const minutes = Math.floor(whole / 60)
  if (minutes < 60) return whole % 60 === 0 ? `${minutes} min` : `${minutes} min ${whole % 60} s`
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`
}
/** A moment of an ISO text as this person's system writes it; the text itself where it is none. */
export function formatTime(
  iso: string,
  style: Intl.DateTimeFormatOptions = { dateStyle: 'medium', timeStyle: 'short' },
): string {
  const date = new Date(iso)
  return Number.isNaN(date.getTime()) ? iso : date.toLocaleString(undefined, style)
}

/** "Accepted at 0.70", "Label corrected": no threshold made what nothing predicted. */
export function verdictText({ kind, threshold, prediction }: Verdict): string {
  return prediction === null ? verdictTitle(kind) : `${verdictTitle(kind)} at ${threshold.toFixed(2)}`
}

/** A score 0..1 with three decimals; a dash where it is 0/0 or was not measured. */
export function formatScore(score: number | null | undefined): string {
  return score === null || score === undefined ? '–' : score.toFixed(3)
}

/** A share of landslide, fine where it is small: "0.04 %", "3.2 %", "12 %". */
export function formatShare(share: number): string {
  const percent = share * 100
  if (percent === 0) return '0 %'
  if (percent < 0.01) return '<0.01 %'
  if (percent < 1) return `${percent.toFixed(2)} %`
  return `${percent < 10 ? percent.toFixed(1) : Math.round(percent)} %`
}
const SUFFIX: Readonly<Record<string, string>> = { degree: '°', metre: ' m', reflectance: '' }

/** Digits after the point that tell values apart over a span: three figures of it. */
export function fractionDigits(span: number): number {
  if (!(span > 0)) return 2
  return Math.min(3, Math.max(0, 2 - Math.floor(Math.log10(span))))
}

/** "0.123", "34°", "1250 m": a value with as many digits as its span asks for. */
export function formatValue(value: number, span: number, unit: string): string {
  return `${value.toFixed(fractionDigits(span))}${SUFFIX[unit] ?? ''}`
}

const BACKENDS: Readonly<Record<BackendName, string>> = {
  webgpu: 'WebGPU',
  wasm: 'WebAssembly',
  webgl: 'WebGL',
  cpu: 'CPU',
}

/** "WebGPU", "WebGPU (software)", "WebAssembly". */
export function engineTitle(info: EngineInfo): string {
  return info.backend === 'webgpu' && info.software ? 'WebGPU (software)' : BACKENDS[info.backend]
}

export function backendTitle(backend: BackendName): string {
  return BACKENDS[backend]
}

const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 3 })

/** Trainable values as people say them: "62.2K", "27.5M". */
export function formatParameters(parameters: number): string {
  return COMPACT.format(parameters)
}

/** "SegFormer tiny · 62.2K · 14 bands". */
export function describeModel(model: ModelSummary): string {
  const { parameters, bands } = model
  return [networkTitle(model), formatParameters(parameters), `${bands} bands`].join(' · ')
}

/** "Swin + U-Net tiny". */
export function networkTitle({ family, preset }: Pick<ModelSummary, 'family' | 'preset'>): string {
  return `${FAMILY_TITLES[family]} ${preset}`
}

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
  const ensemble = readout.probabilities.find(({ id }) => id === ENSEMBLE)
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
