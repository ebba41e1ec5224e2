import { type KeyboardEvent, useDeferredValue, useEffect, useMemo, useRef, useState } from 'react'
import { Dialog, Modal, ModalOverlay } from 'react-aria-components'
import { whyOff } from '../../state/command'
import { closeDialog } from '../../state/shell/actions'
import { type Found, runFound, searchStudio } from '../../state/shell/palette'
import type { StudioState } from '../../state/studioState'
import { keysOf } from '../controls/CommandButton'
import { useStudio, useStudioState } from '../studioContext'

const PAGE = 8

/** Rows that the palette opens with, more than it shows; the others follow without holding up the keys. */
const FIRST_ROWS = 24

/** Every command and patch by name: type, choose with the arrows, Enter. */
export function CommandPalette() {
  const studio = useStudio()
  const state = useStudioState(current => current)
  const [query, setQuery] = useState('')
  const [at, setAt] = useState(0)
  const list = useRef<HTMLDivElement>(null)
  const found = useMemo(() => searchStudio(state, query), [state, query])
  const rows = useDeferredValue(found, found.slice(0, FIRST_ROWS))
  const chosen = Math.min(at, found.length - 1)
  const isThere = chosen < rows.length
  useEffect(() => {
    if (isThere) list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' })
  }, [chosen, isThere])
  const close = () => closeDialog(studio)
  const choose = (entry: Found | undefined) => {
    if (entry && reasonOff(state, entry) === null) runFound(studio, entry)
  }
  const onKeyDown = (event: KeyboardEvent) => {
    const last = found.length - 1
    const moves: Record<string, number> = {
      ArrowDown: chosen >= last ? 0 : chosen + 1,
      ArrowUp: chosen <= 0 ? last : chosen - 1,
      PageDown: Math.min(last, chosen + PAGE),
      PageUp: Math.max(0, chosen - PAGE),
    }
    const next = moves[event.key]
    if (next !== undefined) setAt(next)
    else if (event.key === 'Enter') choose(found[chosen])
    else return
    event.preventDefault()
  }
  return (
    <ModalOverlay
      className="modal-overlay palette-overlay"
      isOpen
      isDismissable
      onOpenChange={open => !open && close()}
    >
      <Modal className="modal palette">
        <Dialog className="palette-dialog" aria-label="Find a command" data-dialog="palette">
          <input
            className="palette-input"
            autoFocus
            type="text"
            role="combobox"
            aria-label="Command or patch"
            aria-expanded="true"
            aria-controls="palette-list"
            aria-autocomplete="list"
            aria-activedescendant={found.length > 0 ? optionId(chosen) : undefined}
            placeholder="Command or patch"
            autoComplete="off"
            spellCheck={false}
            value={query}
            onChange={event => {
              setQuery(event.currentTarget.value)
              setAt(0)
            }}
            onKeyDown={onKeyDown}
          />
          <div ref={list} id="palette-list" role="listbox" aria-label="Found" className="palette-list">
            {rows.map((entry, index) => (
              <PaletteRow
                key={entry.kind === 'command' ? entry.command.id : `patch/${entry.patch.id}`}
                id={optionId(index)}
                entry={entry}
                state={state}
                selected={index === chosen}
                onChoose={() => choose(entry)}
                onPoint={() => setAt(index)}
              />
            ))}
          </div>
          <p className="palette-foot hint" role="status">
            {found.length === 0 ? `No results for “${query.trim()}”.` : ''}
          </p>
        </Dialog>
      </Modal>
    </ModalOverlay>
  )
}

const optionId = (index: number) => `palette-${index}`

function reasonOff(state: StudioState, entry: Found): string | null {
  return entry.kind === 'command' ? whyOff(state, entry.command) : null
}

interface PaletteRowProps {
  id: string
  entry: Found
  state: StudioState
  selected: boolean
  onChoose: () => void
  onPoint: () => void
}

function PaletteRow({ id, entry, state, selected, onChoose, onPoint }: PaletteRowProps) {
  const off = reasonOff(state, entry)
  const isCommand = entry.kind === 'command'
  const title = isCommand ? entry.command.title : entry.patch.name
  const detail = off ?? (isCommand ? entry.command.description : 'Go to this patch')
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the combobox has the focus and the keys.
    <div
      id={id}
      role="option"
      aria-selected={selected}
      aria-disabled={off !== null}
      className="palette-row"
      onClick={onChoose}
      onPointerMove={onPoint}
    >
      <span className="palette-title">{title}</span>
      <span className="palette-detail">{detail}</span>
      <span className="palette-group">{isCommand ? entry.command.group : 'Patch'}</span>
      <span className="palette-keys">
        {isCommand && keysOf(state.shell.keymap, entry.command).map(key => <kbd key={key}>{key}</kbd>)}
      </span>
    </div>
  )
}
