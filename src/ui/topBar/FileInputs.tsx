import { useEffect, useRef } from 'react'
import { importFiles } from '../../state/actions/importFiles'
import { useStudio, useStudioState } from '../studioContext'

/** Hidden inputs for files and for a folder, opened by the commands. */
export function FileInputs() {
  const studio = useStudio()
  const request = useStudioState(state => state.pickRequest)
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (request) (request.kind === 'files' ? files : folder).current?.click()
  }, [request])
  const take = (input: HTMLInputElement) => {
    const chosen = [...(input.files ?? [])].map(file => ({
      path: file.webkitRelativePath || file.name,
      file,
    }))
    // The same files may be chosen again after a refusal was mended.
    input.value = ''
    void importFiles(studio, chosen)
  }
  return (
    <>
      <input
        ref={files}
        type="file"
        multiple
        hidden
        data-testid="files-input"
        onChange={event => take(event.currentTarget)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        hidden
        webkitdirectory=""
        data-testid="folder-input"
        onChange={event => take(event.currentTarget)}
      />
    </>
  )
}

declare module 'react' {
  interface InputHTMLAttributes<T> {
    webkitdirectory?: T extends HTMLInputElement ? string : never
  }
}
