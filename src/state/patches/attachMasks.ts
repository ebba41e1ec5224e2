import { plural } from '../../core/foundation/text'
import { maskAgreement } from '../../core/masks/compareMasks'
import { wholeChange } from '../../core/masks/maskDiff'
import { maskFromProbability } from '../../core/masks/probability'
import type { FileNote } from '../../core/raster/fileNote'
import { verdictColumns, verdictTitle } from '../../core/review/auditLog'
import type { MaskBase } from '../../core/review/predictionOrigin'
import type { PatchChange, PatchRecord } from '../../core/review/records'
import type { Verdict } from '../../core/review/verdict'
import type { MaskOfPatch } from '../../worker/protocol'
import { recordAudit } from '../review/audit'
import { appendSteps, type NewStep } from '../review/history'
import { correctedLabel, verdictWithoutModels } from '../review/labels'
import { fileLabel, landslideShare, peekMask, peekProbability, showMasks } from '../review/masks'
import { closeDialog, openDialog } from '../shell/actions'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { refreshSelected, selectPatch } from '../view/actions'
import { changePatches } from './actions'
import { patchById, removalObstacle } from './selectors'
import type { DroppedFile } from './slice'

/** Reads a chosen file as a mask of the selected patch, and asks what it is. */
export async function offerMaskFile(studio: Studio, file: DroppedFile): Promise<void> {
  const { selectedId } = studio.store.getState().view
  if (selectedId !== null) await offerMasks(studio, [file], [{ path: file.path, patchId: selectedId }])
}

/** Reads the masks that the last import met and that fit patches of the project, and asks what they are. */
export async function offerImportedMasks(studio: Studio): Promise<void> {
  const { importOutcome } = studio.store.getState().patches
  if (importOutcome?.masks) await offerMasks(studio, importOutcome.files, importOutcome.masks)
}

async function offerMasks(
  studio: Studio,
  files: readonly DroppedFile[],
  masks: readonly MaskOfPatch[],
): Promise<void> {
  closeDialog(studio)
  const read = await studio.jobs.run(
    'import',
    options => studio.files.call('readMasks', { files: [...files], masks: [...masks] }, options),
    { again: () => offerMasks(studio, files, masks), work: null },
  )
  if (!read) return
  for (const { message } of read.refused) notify(studio.store, 'error', message)
  if (read.masks.length === 0) return
  holdMasks(studio, read.masks)
  openDialog(studio, 'attach-masks')
}

/** Keeps masks that were read until they are attached. */
export function holdMasks(
  studio: Studio,
  masks: readonly (MaskOfPatch & { mask: Uint8Array; notes: readonly FileNote[] })[],
): void {
  studio.pixels.waitingMasks = new Map(masks.map(({ patchId, mask }) => [patchId, mask]))
  const waitingMasks = masks.map(({ path, patchId, mask, notes }) => {
    return { path, patchId, share: landslideShare(mask), notes }
  })
  studio.store.change({ patches: { waitingMasks } })
}

/** What a given mask is: ground truth from elsewhere, or the analyst's own work, made in another program. */
export type AttachedAs = 'label' | 'correction'

interface Attached {
  patch: PatchRecord
  path: string
  mask: Uint8Array
  before: Uint8Array
  /** null: it is a label. */
  verdict: Verdict | null
}

/**
 * Attaches the masks that wait, as one step that can be undone. A label makes its patch a source patch and takes its
 * verdict away; patches that have a label already are left out. A correction is as if it had been painted and accepted.
 */
export async function attachMasks(studio: Studio, as: AttachedAs): Promise<void> {
  closeDialog(studio)
  const state = studio.store.getState()
  const obstacle = as === 'label' ? removalObstacle(state) : null
  if (obstacle) {
    notify(studio.store, 'error', obstacle)
    return
  }
  const read = await studio.jobs.workThrough(
    'review',
    'Attaching masks',
    state.patches.waitingMasks,
    async ({ path, patchId }): Promise<Attached | null> => {
      const patch = patchById(studio.store.getState(), patchId)
      const mask = studio.pixels.waitingMasks.get(patchId)?.slice()
      if (!patch || !mask || (as === 'label' && patch.hasLabel)) return null
      const before = (await peekMask(studio, patch))?.slice() ?? new Uint8Array(mask.length)
      if (as === 'label') await studio.storage.writeLabel(patchId, mask)
      const verdict = as === 'label' ? null : await verdictOn(studio, patch, mask)
      return { patch, path, mask, before, verdict }
    },
    { again: () => attachMasks(studio, as), work: null },
  )
  if (read && read.length > 0) await keep(studio, read)
  else if (read) notify(studio.store, 'information', 'Every one of these patches has a label already.')
}

const AS_SOURCE: { before: PatchChange; after: PatchChange } = {
  before: { hasLabel: false, domain: 'target' },
  after: { hasLabel: true, domain: 'source' },
}

async function keep(studio: Studio, attached: readonly Attached[]): Promise<void> {
  const { verdicts, threshold } = studio.store.getState().review
  const group = attached.length > 1 ? studio.newId() : undefined
  const steps = attached.map(({ patch, path, mask, before, verdict }): NewStep => {
    const base: MaskBase = { threshold, prediction: null, file: path, ...(patch.hasLabel && { label: true }) }
    const common = {
      kind: 'stroke',
      patchId: patch.id,
      // Every pixel, so that a redo gives this mask whatever is shown by then.
      diff: wholeChange(before, mask),
      verdictBefore: verdicts[patch.id] ?? null,
      verdictAfter: verdict,
      ...(group !== undefined && { group }),
    } as const
    return { step: { ...common, ...(verdict ? { base } : { restores: true, change: AS_SOURCE }) }, mask }
  })
  if (!appendSteps(studio, steps)) return
  const labels = attached.filter(({ verdict }) => verdict === null)
  if (labels.length > 0)
    changePatches(studio, new Map(labels.map(({ patch }) => [patch.id, AS_SOURCE.after])))
  recordAudit(
    studio,
    ...attached.map(({ patch, path, verdict }) => {
      const what = verdict ? verdictTitle(verdict.kind) : 'Label'
      return {
        ...(verdict && verdictColumns(verdict)),
        kind: 'mask-attached',
        patchId: patch.id,
        supersedes: verdicts[patch.id]?.id ?? null,
        detail: `${what}: ${path} attached to ${patch.name}`,
      } as const
    }),
  )
  showMasks(studio, new Map(attached.map(({ patch, mask }) => [patch.id, mask])))
  dropWaiting(studio, new Set(attached.map(({ path }) => path)))
  const [first] = attached
  if (first && attached.length === 1) await selectPatch(studio, first.patch.id)
  else await refreshSelected(studio)
  const masks = plural(attached.length, 'mask')
  const judged = first?.verdict ? verdictTitle(first.verdict.kind).toLowerCase() : ''
  notify(
    studio.store,
    'information',
    labels.length > 0
      ? `${masks} attached: the next round learns from ${labels.length === 1 ? 'it' : 'them'}.`
      : `${masks} attached, verdict ${judged}.`,
  )
}

async function verdictOn(studio: Studio, patch: PatchRecord, mask: Uint8Array): Promise<Verdict> {
  const label = patch.hasLabel ? await fileLabel(studio, patch.id) : null
  if (label) return correctedLabel(studio, patch, mask, label)
  const probability = await peekProbability(studio, patch.id)
  const { threshold } = studio.store.getState().review
  const agreement = probability
    ? maskAgreement(maskFromProbability(probability, threshold, null), mask)
    : undefined
  return verdictWithoutModels(studio, patch, mask, { kind: 'corrected', agreement })
}

/** The report no longer asks about what was attached. */
function dropWaiting(studio: Studio, paths: ReadonlySet<string>): void {
  studio.pixels.waitingMasks = new Map()
  studio.store.change(({ patches: { importOutcome: outcome } }) => {
    if (!outcome?.masks) return { patches: { waitingMasks: [] } }
    const done = new Set(outcome.masks.filter(({ path }) => paths.has(path)).map(({ patchId }) => patchId))
    const asks = (remark: { path: string; reason: string }) => {
      if (remark.reason === 'mask-to-attach') return !paths.has(remark.path)
      const image = outcome.images.find(({ path }) => path === remark.path)
      return remark.reason !== 'label-unused' || !done.has(image?.patchId ?? '')
    }
    const masks = outcome.masks.filter(({ path }) => !paths.has(path))
    const remarks = outcome.remarks.filter(asks)
    return { patches: { waitingMasks: [], importOutcome: { ...outcome, masks, remarks } } }
  })
}
