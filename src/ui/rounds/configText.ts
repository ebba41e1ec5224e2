import { FAMILY_TITLES, type NetworkFamily } from '../../core/rounds/networks'
import { type RoundConfig, roundConfigFor } from '../../core/rounds/roundConfig'

type Format = (value: unknown) => string

const plain: Format = value =>
  typeof value === 'number' ? value.toLocaleString('en', { maximumFractionDigits: 6 }) : String(value)

const onOff: Format = value => (value ? 'on' : 'off')

const percent: Format = value => `${plain(100 * Number(value))} %`

const unit =
  (name: string): Format =>
  value =>
    `${plain(value)} ${name}`

const orOff =
  (format: Format): Format =>
  value =>
    Number(value) === 0 ? 'off' : format(value)

const families: Format = value =>
  (value as string[]).map(family => FAMILY_TITLES[family as NetworkFamily] ?? family).join(', ')

const statistics: Format = value =>
  ({
    auto: 'own statistics, as far as known',
    self: 'own statistics alone',
    model: "the models' statistics",
  })[String(value)] ?? String(value)

/** What a person reads for a setting of the record, in the order in which it is listed. */
const SETTINGS: Readonly<Record<string, [title: string, format: Format]>> = {
  families: ['Networks', families],
  preset: ['Network size', plain],
  steps: ['Steps', plain],
  microBatch: ['Micro-batch', unit('patches')],
  accumulate: ['Gradient accumulation', value => `${plain(value)} ${value === 1 ? 'pass' : 'passes'} a step`],
  checkpointing: ['Gradient checkpointing', onOff],
  cropSize: ['Crop', unit('px')],
  scale: ['Scale promotion', value => `×${plain(value)}`],
  learningRate: ['Learning rate', plain],
  warmupSteps: ['Warm-up', unit('steps')],
  decayPower: ['Learning rate decay', value => (value === 1 ? 'linear' : `power ${plain(value)}`)],
  weightDecay: ['Weight decay', plain],
  gradientClip: ['Gradient norm limit', orOff(plain)],
  emaDecay: ['Weight averaging', orOff(value => `last ${plain(Math.round(1 / (1 - Number(value))))} steps`)],
  evaluateEvery: ['Scored every', unit('steps')],
  seed: ['Seed', plain],
  'pseudoLabel.high': ['Pseudo-label: landslide from', plain],
  'pseudoLabel.low': ['Pseudo-label: background below', plain],
  'pseudoLabel.binary': ['Pseudo-labels without ignored pixels', onOff],
  softPseudoLabels: ['Soft pseudo-labels', onOff],
  targetStatistics: ['Target normalised by', statistics],
  targetWeight: ['Weight of the target', plain],
  crossSensor: ['Cross-sensor normalisation', onOff],
  testTimeFlips: ['Test-time augmentation (8x)', onOff],
  decisionThreshold: ['Scores count landslide from', plain],
  stopWhenChangedBelow: ['Settled below', orOff(value => `${percent(value)} changed`)],
  labelSmoothing: ['Label smoothing', plain],
  lovaszWeight: ['Lovász loss weight', plain],
  crossEntropyWeight: ['Cross-entropy weight', plain],
  auxiliaryWeight: ['Auxiliary head weight', orOff(plain)],
  ohem: ['Hard examples', onOff],
  'ohem.threshold': ['Hard examples: probability below', plain],
  'ohem.minKeptShare': ['Hard examples: kept at least', percent],
  augment: ['Augmentation', onOff],
  landslideShare: ['Crops over landslide', percent],
  rotationDegrees: ['Rotation', value => `±${plain(value)}°`],
  rotationShare: ['Rotated crops', percent],
  contrast: ['Contrast change', value => `±${percent(value)}`],
  brightness: ['Brightness change', value => `±${plain(value)} SD`],
  bandJitter: ['Band jitter', value => `±${percent(value)}`],
  gamma: ['Colour bend', plain],
  bandDropout: ['Band dropout', orOff(percent)],
}

const ORDER = Object.keys(SETTINGS)

/** What a round was run with, as a person reads it. */
export interface Setting {
  /** In the record, nested by dots. */
  key: string
  title: string
  value: string
}

/** Every setting of a record; one that is unknown here, of another version, by its name in the record, at the end. */
export function configSettings(config: RoundConfig): Setting[] {
  const place = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length)
  return flat(config)
    .map(([key, value]) => ({ key, ...describe(key, value) }))
    .sort((a, b) => place(a.key) - place(b.key))
}

/** Settings that are not the defaults of the round's own network size. */
export function changedSettings(config: RoundConfig): Setting[] {
  const usual = new Map(configSettings(roundConfigFor(config.preset)).map(({ key, value }) => [key, value]))
  return configSettings(config).filter(({ key, value }) => usual.get(key) !== value)
}

function describe(key: string, value: unknown): Omit<Setting, 'key'> {
  // A record from elsewhere may have any key, also one that every object has.
  const known = Object.hasOwn(SETTINGS, key) ? SETTINGS[key] : undefined
  if (known) return { title: known[0], value: value === null ? 'off' : known[1](value) }
  const [, family] = key.split('.')
  if (key.startsWith('presets.') && family && Object.hasOwn(FAMILY_TITLES, family))
    return { title: `Size of ${FAMILY_TITLES[family as NetworkFamily]}`, value: String(value) }
  return { title: key, value: typeof value === 'boolean' ? onOff(value) : plain(value) }
}

function flat(value: object, prefix = ''): [string, unknown][] {
  return Object.entries(value).flatMap(([name, item]): [string, unknown][] =>
    typeof item === 'object' && item !== null && !Array.isArray(item)
      ? flat(item, `${prefix}${name}.`)
      : [[prefix + name, item]],
  )
}
