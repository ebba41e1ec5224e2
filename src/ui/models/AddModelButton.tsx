import { useRef } from 'react'
import { Button } from 'react-aria-components'
import { importFiles } from '../../state/actions/importFiles'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** The way in for those who do not drag: the same import as a drop. */
export function AddModelButton() {
  const studio = useStudio()
  const input = useRef<HTMLInputElement>(null)
  const busy = useStudioState(state => state.jobs.import !== undefined || state.jobs.model !== undefined)
  const ready = useStudioState(state => state.phase === 'ready')
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        accept=".safetensors,.zip,.json,.md"
        data-testid="model-input"
        onChange={event => {
          const files = [...(event.currentTarget.files ?? [])].map(file => ({ path: file.name, file }))
          event.currentTarget.value = ''
          void importFiles(studio, files)
        }}
      />
      <Button
        className="button button-plain"
        isDisabled={busy || !ready}
        onPress={() => input.current?.click()}
      >
        <Icon name="add" />
        Add model
      </Button>
    </>
  )
}
