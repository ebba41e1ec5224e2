import type { ReactNode } from 'react'
import { removeModel } from '../../state/models/actions'
import { ConfirmDialog, StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

export function ModelCardDialog() {
  const id = useStudioState(state => state.models.dialogId) ?? ''
  const title = useStudioState(state => state.models.list.find(model => model.id === id)?.title ?? id)
  const card = useStudioState(state => state.models.facts[id]?.card ?? null)
  return (
    <StudioDialog title={title} wide>
      {card === null ? <p className="hint">This model has no card.</p> : <CardText text={card} />}
    </StudioDialog>
  )
}

export function RemoveModelDialog() {
  const studio = useStudio()
  const id = useStudioState(state => state.models.dialogId) ?? ''
  const title = useStudioState(state => state.models.list.find(model => model.id === id)?.title ?? id)
  return (
    <ConfirmDialog
      title={`Remove ${title}?`}
      keep="Keep"
      confirm="Remove"
      onConfirm={() => void removeModel(studio, id)}
    >
      <p>
        This deletes its weights from this browser. Your original file, masks, verdicts and rounds are kept.
      </p>
    </ConfirmDialog>
  )
}

interface Block {
  kind: 'heading' | 'paragraph' | 'list'
  lines: string[]
}

/**
 * A model card's headings, paragraphs and lists; any other markup is shown as it is written, since a card may come from
 * anywhere. The first heading is the dialog's title.
 */
function CardText({ text }: { text: string }) {
  return (
    <div className="card-text">
      {blocksOf(text).map((block, index) => {
        // Blocks never change their order: the place is the identity.
        const key = `${index}-${block.kind}`
        if (block.kind === 'heading') return <h3 key={key}>{withCode(block.lines[0] ?? '')}</h3>
        if (block.kind === 'paragraph') return <p key={key}>{withCode(block.lines.join(' '))}</p>
        return (
          <ul key={key}>
            {block.lines.map(line => (
              <li key={line}>{withCode(line)}</li>
            ))}
          </ul>
        )
      })}
    </div>
  )
}

/** `names` in backticks set apart; everything else stays text. */
function withCode(text: string): ReactNode[] {
  return text.split('`').map((piece, index) => {
    const key = `${index}`
    return index % 2 === 1 ? <code key={key}>{piece}</code> : piece
  })
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let open: Block | null = null
  const add = (kind: Block['kind'], line: string) => {
    if (open?.kind === kind && kind !== 'heading') open.lines.push(line)
    else {
      open = { kind, lines: [line] }
      blocks.push(open)
    }
  }
  for (const line of text.split(/\r?\n/)) {
    const heading = /^#{2,6}\s+(.*)/.exec(line)
    const item = /^\s*[-*]\s+(.*)/.exec(line)
    if (heading) add('heading', heading[1]!)
    else if (item) add('list', item[1]!)
    else if (line.trim() === '') open = null
    else if (!/^#\s/.test(line)) add('paragraph', line.trim())
  }
  return blocks
}
