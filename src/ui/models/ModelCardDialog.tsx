import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'
import { CardText } from './CardText'

export function ModelCardDialog() {
  const studio = useStudio()
  const id = useStudioState(state => state.dialogModelId) ?? ''
  const title = useStudioState(state => state.models.find(model => model.id === id)?.title ?? id)
  const card = useStudioState(state => state.facts[id]?.card ?? null)
  return (
    <StudioDialog
      title={title}
      wide
      onClose={() => studio.store.setState({ dialog: null, dialogModelId: null })}
    >
      {card === null ? <p className="hint">This model has no card.</p> : <CardText text={card} />}
    </StudioDialog>
  )
}
