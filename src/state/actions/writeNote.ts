import type { Studio } from '../studio'
import { recordAudit } from './recordAudit'

/** Keeps a note with its patch; verdicts given from now on carry a copy of it. An empty one is none. */
export function writeNote(studio: Studio, patchId: string, text: string): void {
  const note = text.trim()
  const before = studio.store.getState().patches.find(patch => patch.id === patchId)
  studio.store.setState({ noteOpen: false })
  if (!before || (before.note ?? '') === note) return
  studio.store.setState(state => ({
    patches: state.patches.map(patch => (patch.id === patchId ? { ...patch, note } : patch)),
  }))
  void studio.writes.push(() => studio.storage.updatePatch(patchId, { note }))
  recordAudit(studio, { kind: 'note', patchId, detail: note ? `Note: ${note}` : 'Note removed' })
}
