import { describe, expect, test } from 'vitest'
import { CHANGING_CALLS } from '../../storage/projectStore'
import { beginStroke } from '../edit/tools'
import { openProject } from '../session/openProject'
import type { Studio } from '../studio'
import { emptyDisk, openStudio, patchRecord } from '../studio.testing'
import type { StateChange, StudioState } from '../studioState'
import { selectPatch } from '../view/actions'
import { saveThreshold, setThreshold } from './threshold'
import { redo, undo } from './undoRedo'
import { bulkAccept, clearVerdict, giveVerdict, reacceptMasks } from './verdicts'

type Obstacle = (state: StudioState) => StateChange

const unsaved = { changes: 1, bytes: 1, full: true, message: 'Full.', retrying: false, exceeded: true }

const OBSTACLES: readonly [string, Obstacle][] = [
  ['another tab takes the project', () => ({ session: { access: 'read-only' } })],
  ['the memory for unsaved changes is full', () => ({ session: { unsaved } })],
  [
    'an archive is being saved',
    ({ shell: { jobs } }) => ({
      shell: { jobs: { ...jobs, archive: { kind: 'archive', progress: null, cancelling: false } } },
    }),
  ],
]

const PATCHES = ['t1', 't2', 't3', 't4']

/** The first of four patches is accepted at 0.5; the threshold is 0.75 now, and the note on `selected` is open. */
async function reviewed(selected: string) {
  const studio = openStudio(emptyDisk(PATCHES.map(id => patchRecord(id))))
  await openProject(studio)
  await giveVerdict(studio, 'accepted')
  setThreshold(studio, 0.75)
  saveThreshold(studio)
  for (const id of ['t1', selected]) await selectPatch(studio, id)
  studio.store.change({ review: { noteOpen: true } })
  await studio.writes.settled()
  return studio
}

/** Names of the calls that change the disk, as they are made from now on. */
function changesOf({ storage }: Studio): string[] {
  const made: string[] = []
  for (const name of CHANGING_CALLS) {
    const call = storage[name] as (...args: unknown[]) => Promise<unknown>
    Object.assign(storage, {
      [name]: (...args: unknown[]) => {
        made.push(name)
        return call(...args)
      },
    })
  }
  return made
}

/** What must stay as it is. */
function seen({ store, pixels }: Studio) {
  const { review, view } = store.getState()
  const masks = PATCHES.map(id => [...(pixels.masks.get(id) ?? [])])
  const { history, verdicts, noteOpen } = review
  return { history, verdicts, noteOpen, selected: view.selectedId, masks }
}

interface Case {
  selected: string
  prepare?: (studio: Studio) => Promise<unknown>
  act: (studio: Studio) => Promise<unknown>
}

const CASES: Record<string, Case> = {
  'a verdict': { selected: 't2', act: studio => giveVerdict(studio, 'accepted') },
  'a bulk accept': { selected: 't2', act: studio => bulkAccept(studio, ['t3', 't4']) },
  're-accepting a changed mask': { selected: 't1', act: studio => reacceptMasks(studio, ['t1']) },
  'clearing a verdict': { selected: 't1', act: clearVerdict },
  'an undo': { selected: 't1', act: undo },
  'a redo': { selected: 't1', prepare: undo, act: redo },
  'an undo in bulk': {
    selected: 't1',
    prepare: studio => bulkAccept(studio, ['t3', 't4']),
    act: undo,
  },
  'a stroke': {
    selected: 't2',
    act: async studio => {
      studio.store.change({ edit: { tool: 'brush', brushRadius: 2 } })
      const stroke = beginStroke(studio)
      stroke?.moveTo({ column: 1.5, row: 1.5 })
      await new Promise(resolve => setTimeout(resolve))
      stroke?.finish()
    },
  },
}

describe.each(OBSTACLES)('%s while a step is being worked out', (_, obstacle) => {
  test.each(Object.entries(CASES))('%s leaves nothing behind, and a notice says why', async (_, one) => {
    const studio = await reviewed(one.selected)
    await one.prepare?.(studio)
    await studio.writes.settled()
    studio.store.change({ shell: { notices: [] } })
    const [before, made] = [seen(studio), changesOf(studio)]
    const acting = one.act(studio)
    // Undo and redo begin behind what was asked for before them.
    await Promise.resolve()
    studio.store.change(obstacle)
    await acting
    await studio.writes.settled()
    expect(made).toEqual([])
    expect(seen(studio)).toEqual(before)
    expect(studio.store.getState().shell.notices.map(({ tone }) => tone)).toEqual(['error'])
  })
})
