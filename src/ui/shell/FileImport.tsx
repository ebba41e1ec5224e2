import { useEffect, useRef, useState } from 'react'
import { addReferences } from '../../state/layers/references'
import { offerMaskFile } from '../../state/patches/attachMasks'
import { importFiles } from '../../state/patches/files'
import { offerReplacement } from '../../state/patches/replaceFile'
import { CommandButton } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'
import { droppedFiles } from './droppedFiles'

/** Hidden inputs for files and folders, opened by the commands. */
export function FileInputs() {
  const studio = useStudio()
  const request = useStudioState(state => state.shell.pickRequest)
  const files = useRef<HTMLInputElement>(null)
  const folder = useRef<HTMLInputElement>(null)
  const mask = useRef<HTMLInputElement>(null)
  const replacement = useRef<HTMLInputElement>(null)
  const outlines = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (request) ({ files, folder, mask, replacement, outlines })[request.kind].current?.click()
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
      <input
        ref={mask}
        type="file"
        hidden
        data-testid="mask-input"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          currentTarget.value = ''
          if (file) void offerMaskFile(studio, { path: file.name, file })
        }}
      />
      <input
        ref={replacement}
        type="file"
        hidden
        data-testid="replacement-input"
        onChange={({ currentTarget }) => {
          const [file] = currentTarget.files ?? []
          currentTarget.value = ''
          if (file) void offerReplacement(studio, { path: file.name, file })
        }}
      />
      <input
        ref={outlines}
        type="file"
        multiple
        hidden
        accept=".geojson,.json,.gpkg,.shp,.prj"
        data-testid="outlines-input"
        onChange={({ currentTarget }) => {
          const chosen = [...(currentTarget.files ?? [])].map(file => ({ path: file.name, file }))
          currentTarget.value = ''
          void addReferences(studio, chosen)
        }}
      />
    </>
  )
}

declare module 'react' {
  interface InputHTMLAttributes<T> {
    webkitdirectory?: T extends HTMLInputElement ? string : never
  }
}

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
        void importFiles(studio, droppedFiles(event.dataTransfer))
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

/** The first minute: what may be dropped, a demo, and what happens to it. */
export function EmptyState() {
  return (
    <div className="empty-state">
      <h2>Map landslides from Sentinel-2</h2>
      <p className="empty-lead">
        Drop files or folders anywhere in this window. Three networks propose a mask, you correct it, and they
        learn from what you decide.
      </p>
      <OpenButtons />
      <dl className="empty-facts">
        <div>
          <dt>What to drop</dt>
          <dd>
            A Sentinel-2 product (<code>.SAFE</code> folder or zip, or its bands as single files) with an
            elevation model. Landslide4Sense patches (<code>image_N.h5</code>, with or without{' '}
            <code>mask_N.h5</code>), 14-band GeoTIFFs, or a zip of them. Models too: a{' '}
            <code>.safetensors</code> or a model folder.
          </dd>
        </div>
        <div>
          <dt>The demo</dt>
          <dd>
            Two generated regions: one with labels to learn from, one without to map. It shows the whole loop
            in minutes.
          </dd>
        </div>
        <div>
          <dt>What stays here</dt>
          <dd>
            Everything. Files, masks, verdicts and weights are kept by this browser on this machine; nothing
            is sent anywhere.
          </dd>
        </div>
      </dl>
    </div>
  )
}

/** The three ways in, where the project is empty; afterwards the Project menu has them. */
function OpenButtons() {
  return (
    <div className="button-row">
      <CommandButton command="open-demo" icon="demo" look="primary" />
      <CommandButton command="open-files" icon="files" />
      <CommandButton command="open-folder" icon="folder" />
    </div>
  )
}
