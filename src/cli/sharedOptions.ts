import { SCALE_TITLES, VALUE_SCALES } from '../core/patches/patch'
import { choice, flag, number, text, whole } from './optionSpec'

/** Options that mean the same in several commands; each command sets its own defaults. */

export const BACKEND = choice(
  '<name>',
  'where networks run; wasm predicts but cannot train, auto takes the best there is',
  ['auto', 'webgpu', 'wasm', 'cpu'],
).default('auto')

export const JSON_OUTPUT = flag('print one JSON document')

export const OUT_FOLDER = text('<dir>', 'output folder').required()

export const VALUE_SCALE = choice(
  '<name>',
  'how images store their values; auto detects it image by image. ' +
    VALUE_SCALES.map(scale => `${scale}: ${SCALE_TITLES[scale]}`).join(', '),
  ['auto', ...VALUE_SCALES],
).default('auto')

export const THRESHOLD = number('<p>', 'probability from which a pixel counts as landslide', 0, 1)

export const SCALE = number('<s>', 'scale promotion: enlarge the input by this factor first', 1, 8)

export const SEED = whole('<n>', 'seed of everything random', 0, 0x7fffffff).default(1)

export const PRESET = text('<name>', 'size of the networks; scarp models sizes lists them').default('tiny')

export const FLIPS = flag('predict as the mean over the 8 flips and quarter turns, for eight times the work')
