import { compositeBands } from '../../core/patches/baseLayers'
import { defaultAugmentation } from '../../core/rounds/roundConfig'
import { declareCommand, EXIT } from '../command'
import { writeAtomically } from '../node/nodeFiles'
import { refuseExisting } from '../node/outFolder'
import { choice, text, whole } from '../optionSpec'
import { FORCE, SEED, VALUE_SCALE } from '../sharedOptions'
import { AUGMENTATION_OPTIONS, augmentationOf } from '../trainingOptions'

export const galleryCommand = declareCommand({
  name: 'gallery',
  summary: 'Draw a contact sheet of augmented training crops',
  details:
    'Draws some patches of the inputs (files, folders, archives), each with augmented crops beside it: bands as ' +
    'colours, landslides outlined, no data hatched, slope and elevation below, and the drawn values as text. All ' +
    'crops in a row share the stretch of their patch.',
  words: ['<inputs...>', 'files, folders and archives of patches'],
  options: {
    out: text('<file.png>', 'the picture').required(),
    force: FORCE.describe('overwrite the file'),
    count: whole('<n>', 'augmented crops of each patch', 1, 24).default(5),
    patches: whole('<n>', 'patches, evenly picked, labelled ones first', 1, 24).default(4),
    valueScale: VALUE_SCALE,
    seed: SEED.describe('seed of the draws'),
    layer: choice('<name>', 'bands that are shown', ['true-colour', 'false-colour', 'swir']).default(
      'true-colour',
    ),
    crop: whole('<pixels>', 'side of a crop', 8, 1024).default(defaultAugmentation.cropSize),
    ...AUGMENTATION_OPTIONS,
  },
  exits: { failed: 'the work failed, or some inputs were refused' },
  async run({ words, options }, io) {
    await refuseExisting(options.out, options.force)
    const { PatchSpool, spoolInputs } = await import('../node/patchSpool')
    const { encode } = await import('fast-png')
    const { galleryRows, gallerySheet } = await import('../../lab/gallery/gallerySheet')
    const spool = await PatchSpool.temporary()
    try {
      const { refused } = await spoolInputs(words, { domain: 'source', scale: options.valueScale }, spool, io)
      const rows = await galleryRows(spool, options.patches)
      const picture = gallerySheet(rows, {
        count: options.count,
        seed: options.seed,
        composite: compositeBands(options.layer),
        settings: { augment: true, cropSize: options.crop, ...augmentationOf(options) },
      })
      await writeAtomically(options.out, encode(picture))
      io.out(
        `${rows.length} patches, ${options.count} crops each, ${picture.width} x ${picture.height}: ${options.out}`,
      )
      return refused.length > 0 ? EXIT.failed : EXIT.ok
    } finally {
      await spool.remove()
    }
  },
})
