import type { ImportReport } from '../../worker/protocol'
import type { DroppedModel } from '../../worker/protocolModels'
import { importModels } from '../models/actions'
import { recordAudit } from '../review/audit'
import { storeUnfrozenMasks } from '../review/masks'
import { isReviewable } from '../review/selectors'
import { measureStorage } from '../session/openProject'
import { offerArchive } from '../session/projectActions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import type { StudioState } from '../studioState'
import { selectPatch } from '../view/actions'

/** Takes dropped or chosen files into the project, images and models alike; those refused are listed, the others stay. */
export async function importFiles(studio: Studio, files: { path: string; file: Blob }[]): Promise<void> {
  if (files.length === 0) return
  const sorted = await studio.jobs.run('import', options => studio.files.call('sortDrop', { files }, options))
  if (!sorted) return
  const { rest, archives = [] } = sorted
  const [archive, another] = archives
  if (another) {
    notify(studio.store, 'error', 'Drop one project archive at a time: a browser holds one project.')
    return
  }
  if (archive) {
    await offerArchive(studio, archive.path, archive.file)
    if (rest.length + sorted.models.length + sorted.refused.length === 0) return
  }
  const report =
    rest.length > 0
      ? await studio.jobs.run('import', options =>
          studio.files.call('import', { files: rest, domain: 'auto' }, options),
        )
      : NOTHING
  const models = await importModels(studio, sorted.models)
  const modelPaths = sorted.models.flatMap(pathsOf)
  const refused = [
    ...sorted.refused,
    ...models.refused,
    // Out of a zip that holds images and models, the import of images hands back what the models took.
    ...(report?.refused ?? []).filter(({ path }) => !modelPaths.includes(path)),
  ]
  await takeIn(studio, report && { ...report, refused }, models.added)
  const silent = report && report.added.length + refused.length + report.remarks.length === 0
  if (silent && sorted.models.length === 0) {
    notify(
      studio.store,
      'information',
      'There is no patch and no model among these files: Scarp takes .h5 patches, 14-band GeoTIFFs, .safetensors and ' +
        'model folders, and zips or folders of them.',
    )
  }
}

const NOTHING: ImportReport = { added: [], remarks: [], refused: [] }

function pathsOf({ path, kind, files }: DroppedModel): string[] {
  return kind === 'checkpoint' ? [path] : Object.keys(files).map(name => `${path}/${name}`)
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
async function takeIn(studio: Studio, report: ImportReport | null, models: string[] = []): Promise<void> {
  const known = new Set(studio.store.getState().patches.list.map(patch => patch.id))
  const patches = [...(await studio.storage.patches())].sort((a, b) => a.order - b.order)
  studio.store.change({
    patches: {
      list: patches,
      ...(report && {
        importOutcome: {
          added: report.added.length,
          models,
          remarks: report.remarks,
          refused: report.refused,
        },
      }),
    },
  })
  const added = patches.filter(patch => !known.has(patch.id))
  const first = added.find(patch => !patch.hasLabel) ?? added[0]
  if (first) await selectPatch(studio, first.id)
  await measureStorage(studio)
}

export type ExportScope = 'selected' | 'reviewed' | 'all'

export interface ExportChoice {
  format: 'geotiff' | 'submission'
  scope: ExportScope
  includeProbability: boolean
}

/** Which patches an export would take: reviewed ones are accepted or corrected, never rejected or unsure. */
export function exportPatchIds(state: StudioState, scope: ExportScope): string[] {
  if (scope === 'selected') return state.view.selectedId ? [state.view.selectedId] : []
  return state.patches.list
    .filter(patch => isReviewable(patch))
    .filter(patch => {
      const kind = state.review.verdicts[patch.id]?.kind
      return scope === 'all' || kind === 'accepted' || kind === 'corrected'
    })
    .map(patch => patch.id)
}

/** @returns what the exporter has to say of the file (no CRS, patches without a mask), null if it failed */
export async function exportProject(
  studio: Studio,
  choice: ExportChoice,
): Promise<{ fileName: string; notes: string[] } | null> {
  const {
    review: { threshold },
  } = studio.store.getState()
  const patchIds = exportPatchIds(studio.store.getState(), choice.scope)
  if (patchIds.length === 0) return null
  return studio.jobs.run('export', async options => {
    await storeUnfrozenMasks(studio)
    const { fileName, blob, notes } =
      choice.format === 'geotiff'
        ? await studio.files.call(
            'exportMasks',
            { patchIds, threshold, includeProbability: choice.includeProbability },
            options,
          )
        : await studio.files.call('exportSubmission', { patchIds, threshold }, options)
    studio.deliver(fileName, blob)
    const count = patchIds.length === 1 ? '1 patch' : `${patchIds.length} patches`
    recordAudit(studio, { kind: 'export', detail: `${fileName}: masks of ${count}` })
    return { fileName, notes }
  })
}
