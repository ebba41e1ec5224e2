import { SCALE_TITLES, VALUE_SCALES } from '../core/patches/patch'
import { STATISTICS_RULES } from '../core/patches/targetStatistics'
import { choice, flag, number, text, whole } from './optionSpec'

/** Options that mean the same in several commands; each command sets its own defaults. */

export const BACKEND = choice(
  '<name>',
  'where networks run; wasm predicts but cannot train, auto takes the best there is',
  ['auto', 'webgpu', 'wasm', 'cpu'],
).default('auto')

export const JSON_OUTPUT = flag('print one JSON document')

export const OUT_FOLDER = text('<dir>', 'output folder').required()

/** Of a command that continues what lies in --out. */
export const REPLACE_OTHER = 'replace what other settings left in --out, and overwrite other files there'

/** For every command with --out. */
export const FORCE = flag('replace what an earlier run left in --out, and overwrite other files there')

export const VALUE_SCALE = choice(
  '<name>',
  'how images store their values; auto detects it image by image. ' +
    VALUE_SCALES.map(scale => `${scale}: ${SCALE_TITLES[scale]}`).join(', '),
  ['auto', ...VALUE_SCALES],
).default('auto')

export const THRESHOLD = number('<p>', 'probability from which a pixel counts as landslide', 0, 1)

/** What masks are cut at, unless they are told. */
export const MASK_THRESHOLD = THRESHOLD.describe(
  'probability from which a pixel of a mask is landslide; not the confidence of pseudo-labels',
).otherwise('as chosen for these models on labels they did not learn from, else 0.5')

export const STATISTICS = choice(
  '<rule>',
  'by what the images are z-scored: by their own mean as far as it is known, else that which the models learned from, ' +
    'and their own spread about it (auto); by their own statistics whole, as in the paper, for hundreds of patches ' +
    '(self); by those that the models learned from (model)',
  STATISTICS_RULES,
).default('auto')

export const SCALE = number('<s>', 'scale promotion: enlarge the input by this factor first', 1, 8)

export const SEED = whole('<n>', 'seed of everything random', 0, 0x7fffffff).default(1)

export const PRESET = text('<name>', 'size of the networks; scarp models sizes lists them').default('tiny')

export const FLIPS = flag('predict as the mean over the 8 flips and quarter turns, for eight times the work')
