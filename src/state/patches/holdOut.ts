import { plural } from '../../core/foundation/text'
import { recordAudit } from '../review/audit'
import { appendSteps } from '../review/history'
import { hasTruth } from '../rounds/selectors'
import { notify } from '../shell/notices'
import type { Studio } from '../studio'
import { changePatches } from './actions'

/**
 * Keeps patches out of training from the next round on, to score rounds by, or takes them in again, as one step that can
 * be undone.
 */
export function holdOut(studio: Studio, patchIds: readonly string[], heldOut: boolean): void {
  const state = studio.store.getState()
  const given = new Set(patchIds)
  const list = state.patches.list.map(patch =>
    given.has(patch.id) && patch.heldOut !== heldOut ? { ...patch, heldOut } : patch,
  )
  const changed = list.filter((patch, index) => patch !== state.patches.list[index])
  const labelled = list.filter(patch => hasTruth(state, patch))
  if (heldOut && labelled.length > 0 && labelled.every(patch => patch.heldOut)) {
    notify(
      studio.store,
      'error',
      'Nothing would be left to train on: leave at least one label or accepted mask.',
    )
    return
  }
  const group = changed.length > 1 ? studio.newId() : undefined
  const change = { before: { heldOut: !heldOut }, after: { heldOut } }
  const taken = appendSteps(
    studio,
    changed.map(({ id }) => ({
      step: { kind: 'hold-out', patchId: id, change, ...(group !== undefined && { group }) },
      mask: null,
    })),
  )
  if (!taken) return
  changePatches(studio, new Map(changed.map(({ id }) => [id, { heldOut }])))
  recordAudit(
    studio,
    ...changed.map(({ id, name }) => {
      const detail = heldOut ? `Held out: ${name}` : `No longer held out: ${name}`
      return { kind: 'held-out', patchId: id, detail } as const
    }),
  )
  const patches = plural(changed.length, 'patch', 'patches')
  const untold = changed.some(patch => !hasTruth(state, patch))
    ? ' Those without a label need an accepted mask for it.'
    : ''
  const them = changed.length === 1 ? 'it' : 'them'
  notify(
    studio.store,
    'information',
    heldOut
      ? `${patches} held out: the next round is scored on ${them} and does not train on ${them}.${untold}`
      : `${patches} no longer held out: the next round may train on ${them}.`,
  )
}
