import type { ImportReport } from '../../worker/protocol'
import { notify } from '../notify'
import type { Studio } from '../studio'
import { measureStorage } from './openProject'
import { selectPatch } from './selectPatch'

/** Takes dropped or chosen files into the project; those refused are listed, the others stay. */
export async function importFiles(studio: Studio, files: { path: string; file: Blob }[]): Promise<void> {
  if (files.length === 0) return
  const report = await studio.jobs.run('import', options =>
    studio.files.call('import', { files, domain: 'auto' }, options),
  )
  await takeIn(studio, report)
  if (report && report.added.length + report.refused.length + report.remarks.length === 0) {
    notify(
      studio.store,
      'information',
      'There is no patch among these files: Scarp takes .h5 patches, 14-band GeoTIFFs, and zips or folders of them.',
    )
  }
}

/** Fixed so that everyone's demo is the same one, and not the seed of the patches that the starters learned from. */
const DEMO_SEED = 7

export async function openDemo(studio: Studio): Promise<void> {
  const report = await studio.jobs.run('import', options =>
    studio.files.call('openDemo', { seed: DEMO_SEED }, options),
  )
  await takeIn(studio, report)
}

/** Also after a cancelled import: patches that were stored before it stay. */
async function takeIn(studio: Studio, report: ImportReport | null): Promise<void> {
  const known = new Set(studio.store.getState().patches.map(patch => patch.id))
  const patches = [...(await studio.storage.patches())].sort((a, b) => a.order - b.order)
  studio.store.setState({
    patches,
    ...(report && {
      importOutcome: { added: report.added.length, remarks: report.remarks, refused: report.refused },
    }),
  })
  const added = patches.filter(patch => !known.has(patch.id))
  const first = added.find(patch => !patch.hasLabel) ?? added[0]
  if (first) await selectPatch(studio, first.id)
  await measureStorage(studio)
}
