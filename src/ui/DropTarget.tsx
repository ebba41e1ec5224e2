import { useEffect, useState } from 'react'
import { toAppError } from '../core/foundation/appError'
import { importFiles } from '../state/actions/importFiles'
import { notify } from '../state/notify'
import { droppedFiles } from './droppedFiles'
import { useStudio } from './studioContext'

/** Takes files and folders dropped anywhere in the window. */
export function DropTarget() {
  const studio = useStudio()
  const [over, setOver] = useState(false)
  useEffect(() => {
    const listeners = new AbortController()
    const { signal } = listeners
    const holdsFiles = (event: DragEvent) => event.dataTransfer?.types.includes('Files') ?? false
    window.addEventListener(
      'dragover',
      event => {
        if (!holdsFiles(event)) return
        event.preventDefault()
        if (event.dataTransfer) event.dataTransfer.dropEffect = 'copy'
        setOver(true)
      },
      { signal },
    )
    window.addEventListener(
      'dragleave',
      event => {
        if (event.relatedTarget === null) setOver(false)
      },
      { signal },
    )
    window.addEventListener(
      'drop',
      event => {
        setOver(false)
        if (!event.dataTransfer || !holdsFiles(event)) return
        event.preventDefault()
        droppedFiles(event.dataTransfer)
          .then(files => importFiles(studio, files))
          .catch((thrown: unknown) =>
            notify(studio.store, 'error', toAppError(thrown, 'file-unreadable').message),
          )
      },
      { signal },
    )
    return () => listeners.abort()
  }, [studio])
  if (!over) return null
  return (
    <div className="drop-target">
      <p>Drop to add to this project</p>
    </div>
  )
}
