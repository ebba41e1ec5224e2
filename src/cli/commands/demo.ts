import { join } from 'node:path'
import { throwIfAborted } from '../../core/foundation/appError'
import { type Command, EXIT, numberOption, parseOptions, textOption } from '../command'
import { writeAtomically } from '../node/nodeFiles'

export const demoCommand: Command = {
  name: 'demo',
  summary: 'Write the generated demo project as Landslide4Sense files',
  help: [
    'Usage: scarp demo --out <dir> [options]',
    '',
    'Generates two regions of 14-band patches in the Landslide4Sense layout: <out>/source/img and mask (labelled),',
    '<out>/target/img (the new event) and <out>/truth/mask (what the target hides, for scarp evaluate).',
    '',
    '  --out <dir>      output folder',
    '  --seed <n>       the same seed gives the same files (default 7)',
    '  --source <n>     labelled patches (default 12)',
    '  --target <n>     target patches (default 8)',
    '  --size <pixels>  side of a patch (default 128)',
    '',
    'Exit codes: 0 done; 1 the work failed; 2 bad usage; 130 interrupted.',
  ].join('\n'),
  async run(argv, io) {
    const text = { type: 'string' } as const
    const options = parseOptions(argv, { out: text, seed: text, source: text, target: text, size: text })
    const out = textOption(options, 'out')
    const whole = (name: string, fallback: number, low: number, high: number) =>
      numberOption(options, name, { fallback, low, high, whole: true })
    const seed = whole('seed', 7, 0, 0x7fffffff)
    const settings = {
      sourceCount: whole('source', 12, 0, 100_000),
      targetCount: whole('target', 8, 0, 100_000),
      size: whole('size', 128, 32, 2048),
    }
    const { demoProject, demoTruth } = await import('../../core/synthetic/demoProject')
    const { l4sImage, l4sMask } = await import('../l4sFiles')
    const total = settings.sourceCount + 2 * settings.targetCount
    let done = 0
    const report = async (path: string, bytes: Promise<Uint8Array>) => {
      await writeAtomically(join(out, path), await bytes)
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
    io.out(`${settings.sourceCount} source and ${settings.targetCount} target patches: ${out}`)
    return EXIT.ok
  },
}
