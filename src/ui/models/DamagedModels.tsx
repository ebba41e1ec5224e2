import { Button } from 'react-aria-components'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** Stored models that cannot be listed any more, each with the reason; imported ones can be cleared away. */
export function DamagedModels() {
  const studio = useStudio()
  const damaged = useStudioState(state => state.damagedModels)
  if (damaged.length === 0) return null
  return (
    <ul className="damaged-models" aria-label="Damaged models">
      {damaged.map(({ id, message, origin }) => (
        <li key={id}>
          <Icon name="warning" />
          <span>
            <strong>{id}</strong> {message}
          </span>
          {origin === 'imported' && (
            <Button
              className="button button-quiet button-icon"
              aria-label={`Remove ${id}`}
              onPress={() => studio.store.setState({ dialog: 'remove-model', dialogModelId: id })}
            >
              <Icon name="remove" />
            </Button>
          )}
        </li>
      ))}
    </ul>
  )
}
