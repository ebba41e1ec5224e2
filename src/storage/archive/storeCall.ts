import type { ProjectStore } from '../projectStore'

/** A change that waits for room, as the call that would write it. */
export type StoreCall = {
  [Name in keyof Changing]: { method: Name; args: Parameters<Changing[Name]> }
}[keyof Changing]

type Changing = Pick<
  ProjectStore,
  | 'updateProject'
  | 'updatePatch'
  | 'updatePatches'
  | 'writeMask'
  | 'putVerdicts'
  | 'putHistory'
  | 'removeHistory'
  | 'appendAudit'
>

/** Calls that the window makes through its queue, and that an archive can hold before they are written. */
export const CHANGING_CALLS: readonly (keyof Changing)[] = [
  'updateProject',
  'updatePatch',
  'updatePatches',
  'writeMask',
  'putVerdicts',
  'putHistory',
  'removeHistory',
  'appendAudit',
]
