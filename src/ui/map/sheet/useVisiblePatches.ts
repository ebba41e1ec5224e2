import { useRef } from 'react'
import { visiblePatches } from '../../../state/queueSelectors'
import type { StudioState } from '../../../state/studioState'
import type { PatchRecord } from '../../../storage/projectStore'
import { useStudioState } from '../../studioContext'

/** What the list's contents and order depend on. */
const INPUTS = [
  'patches',
  'filter',
  'verdicts',
  'queue',
  'queueSearch',
  'auditSeed',
  'auditSize',
] as const satisfies readonly (keyof StudioState)[]

/** The patches that the queue shows, in its order; the same list while nothing that it depends on changed. */
export function useVisiblePatches(): readonly PatchRecord[] {
  const last = useRef<{ state: StudioState; patches: readonly PatchRecord[] } | null>(null)
  return useStudioState(state => {
    const known = last.current
    if (known && INPUTS.every(key => known.state[key] === state[key])) return known.patches
    const fresh = visiblePatches(state)
    const same = known?.patches.length === fresh.length && fresh.every((it, at) => it === known.patches[at])
    last.current = { state, patches: same ? known.patches : fresh }
    return last.current.patches
  })
}
