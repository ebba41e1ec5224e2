import { join } from 'node:path'
import { throwIfAborted } from '../../core/foundation/appError'
import { declareCommand, EXIT } from '../command'
import { writeAtomically } from '../node/nodeFiles'
import { withOutFolder } from '../node/outFolder'
import { whole } from '../optionSpec'
import { FORCE, OUT_FOLDER, SEED } from '../sharedOptions'

export const demoCommand = declareCommand({
  name: 'demo',
  summary: 'Write the generated demo project as Landslide4Sense files',
  details:
    'Generates two regions of 14-band patches in the Landslide4Sense layout: <out>/source/img and mask (labelled), ' +
    '<out>/target/img (the new event) and <out>/truth/mask (what the target hides, for scarp evaluate).',
  options: {
    out: OUT_FOLDER,
    force: FORCE,
    seed: SEED.describe('the same seed gives the same files').default(7),
    source: whole('<n>', 'labelled patches', 0, 100_000).default(12),
    target: whole('<n>', 'target patches', 0, 100_000).default(8),
    size: whole('<pixels>', 'side of a patch', 32, 2048).default(128),
  },
  async run({ options, fingerprint }, io) {
    const { seed, source: sourceCount, target: targetCount, size, force } = options
    const place = {
      path: options.out,
      command: 'scarp demo',
      fingerprint,
      force,
      resume: null,
      isInput: true,
    }
    await withOutFolder(place, io, async folder => {
      await folder.begin(['source', 'target', 'truth'])
      const settings = { sourceCount, targetCount, size }
      const { demoProject, demoTruth } = await import('../../core/synthetic/demoProject')
      const { l4sImage, l4sMask } = await import('../node/l4sFiles')
      const total = settings.sourceCount + 2 * settings.targetCount
      let done = 0
      const report = async (path: string, bytes: Promise<Uint8Array>) => {
        await writeAtomically(join(options.out, path), await bytes)
        io.progress.update({ label: 'Generating', done, total })
      }
      for (const patch of demoProject(seed, settings)) {
        throwIfAborted(io.signal)
        done++
        const number = patch.name.replace('image_', '')
        await report(`${patch.domain}/img/image_${number}.h5`, l4sImage(patch))
        if (patch.label) {
          await report(`source/mask/mask_${number}.h5`, l4sMask(patch.label, patch.width, patch.height))
        }
      }
      for (const { name, label } of demoTruth(seed, settings)) {
        throwIfAborted(io.signal)
        done++
        const number = name.replace('image_', '')
        await report(`truth/mask/mask_${number}.h5`, l4sMask(label, settings.size, settings.size))
      }
      io.progress.clear()
    })
    io.out(`${sourceCount} source and ${targetCount} target patches: ${options.out}`)
    return EXIT.ok
  },
})
