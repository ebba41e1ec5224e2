import { useStudioState } from '../studioContext'
import { ReadOnlyStrip } from './ReadOnlyStrip'
import { RoomStrip } from './RoomStrip'
import { UnsavedStrip } from './UnsavedStrip'

/** What a person must know of their work's safety, between top bar and workspace; nothing while all is well. */
export function SessionStrips() {
  const readOnly = useStudioState(({ access }) => access === 'read-only')
  const unsaved = useStudioState(state => state.unsaved !== null)
  return (
    <>
      {readOnly && <ReadOnlyStrip />}
      {unsaved ? <UnsavedStrip /> : <RoomStrip />}
    </>
  )
}
