import { type ReactNode, useRef } from 'react'
import { importFiles } from '../../state/actions/importFiles'
import { useStudio } from '../studioContext'

/** Hidden inputs for files and for a folder, and what opens each. */
export function useFileOpeners(): { inputs: ReactNode; openFiles: () => void; openFolder: () => void } {
  const studio = useStudio()
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const take = (input: HTMLInputElement) => {
    const chosen = [...(input.files ?? [])].map(file => ({
      path: file.webkitRelativePath || file.name,
      file,
    }))
    // The same files may be chosen again after a refusal was mended.
    input.value = ''
    void importFiles(studio, chosen)
  }
  const inputs = (
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
  return { inputs, openFiles: () => files.current?.click(), openFolder: () => folder.current?.click() }
}

declare module 'react' {
  interface InputHTMLAttributes<T> {
    webkitdirectory?: T extends HTMLInputElement ? string : never
  }
}
