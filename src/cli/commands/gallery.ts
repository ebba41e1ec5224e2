import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AppError } from '../../core/foundation/appError'
import { COMPOSITES } from '../../core/patches/baseLayers'
import { defaultAugmentation } from '../../core/rounds/roundConfig'
import { type Command, choiceOption, EXIT, numberOption, parseOptions, textOption } from '../command'
import { writeAtomically } from '../node/nodeFiles'

export const galleryCommand: Command = {
  name: 'gallery',
  summary: 'Draw a contact sheet of augmented training crops',
  help: [
    'Usage: scarp gallery <inputs...> --out <file.png> [options]',
    '',
    'Draws some patches of the inputs (files, folders, archives), each with augmented crops beside it: bands as',
    'colours, landslides outlined, no data hatched, slope and elevation below, and what was drawn in words. All of a',
    'row is stretched as its patch is.',
    '',
    '  --out <file.png>         the picture',
    '  --count <n>              augmented crops of each patch (default 5)',
    '  --patches <n>            patches, evenly picked, labelled ones first (default 4)',
    '  --seed <n>               of the draws (default 1)',
    '  --layer <name>           true-colour, false-colour or swir (default true-colour)',
    '  --crop <pixels>          side of a crop (default 128)',
    '  --landslide-share <x>    share of crops placed over a landslide (default 0.5)',
    '  --rotation-degrees <x>   largest rotation (default 15)',
    '  --rotation-share <x>     share of crops that are rotated (default 0.5)',
    '  --contrast <x>, --brightness <x>, --band-jitter <x>, --gamma <x>, --band-dropout <x>',
    '                           ranges of the colours (defaults 0.2, 0.2, 0.05, 0.2, 0)',
    '',
    'Exit codes: 0 done; 1 the work failed, or some inputs were refused; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, {
      out: text,
      count: text,
      patches: text,
      seed: text,
      layer: text,
      crop: text,
      'landslide-share': text,
      'rotation-degrees': text,
      'rotation-share': text,
      contrast: text,
      brightness: text,
      'band-jitter': text,
      gamma: text,
      'band-dropout': text,
    })
    if (options.words.length === 0)
      throw new AppError('bad-argument', 'Name the files or folders whose patches to draw.')
    const out = textOption(options, 'out')
    const within = (name: string, fallback: number, high: number) =>
      numberOption(options, name, { fallback, low: 0, high })
    const whole = (name: string, fallback: number, low: number, high: number) =>
      numberOption(options, name, { fallback, low, high, whole: true })
    const layer = choiceOption(options, 'layer', ['true-colour', 'false-colour', 'swir'], 'true-colour')
    const defaults = defaultAugmentation
    const sheet = {
      count: whole('count', 5, 1, 24),
      seed: whole('seed', 1, 0, 0x7fffffff),
      composite: COMPOSITES[layer],
      settings: {
        augment: true,
        cropSize: whole('crop', defaults.cropSize, 8, 1024),
        landslideShare: within('landslide-share', defaults.landslideShare, 1),
        rotationDegrees: within('rotation-degrees', defaults.rotationDegrees, 45),
        rotationShare: within('rotation-share', defaults.rotationShare, 1),
        contrast: within('contrast', defaults.contrast, 1),
        brightness: within('brightness', defaults.brightness, 3),
        bandJitter: within('band-jitter', defaults.bandJitter, 1),
        gamma: within('gamma', defaults.gamma, 2),
        bandDropout: within('band-dropout', defaults.bandDropout, 1),
      },
    }
    const patches = whole('patches', 4, 1, 24)
    const { PatchSpool, spoolInputs } = await import('../node/patchSpool')
    const { encodePng } = await import('../../lab/gallery/rgbPicture')
    const { galleryRows, gallerySheet } = await import('../../lab/gallery/gallerySheet')
    const spool = await PatchSpool.create(await mkdtemp(join(tmpdir(), 'scarp-')))
    try {
      const { refused } = await spoolInputs(options.words, 'source', spool, io)
      const rows = await galleryRows(spool, patches)
      const picture = gallerySheet(rows, sheet)
      await writeAtomically(out, encodePng(picture))
      io.out(
        `${rows.length} patches, ${sheet.count} crops each, ${picture.width} x ${picture.height}: ${out}`,
      )
      return refused.length > 0 ? EXIT.failed : EXIT.ok
    } finally {
      await spool.remove()
    }
  },
}
