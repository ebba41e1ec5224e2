import { Button } from 'react-aria-components'
import { removeReference, showReference } from '../../state/layers/references'
import { CommandButton } from '../controls/CommandButton'
import { Switch } from '../controls/Fields'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** Outlines of files that lie over the map. */
export function ReferenceSection() {
  const studio = useStudio()
  const references = useStudioState(state => state.layers.references)
  const onMap = useStudioState(state => state.view.mode === 'map')
  if (!onMap && references.length === 0) return null
  return (
    <div className="reference-list">
      {references.map(({ id, name, shown }) => (
        <div key={id} className="reference-line">
          <Switch label={name} isSelected={shown} onChange={on => showReference(studio, id, on)} />
          <Button
            className="button button-quiet button-icon"
            aria-label={`Remove ${name}`}
            onPress={() => removeReference(studio, id)}
          >
            <Icon name="close" />
          </Button>
        </div>
      ))}
      <CommandButton command="add-outlines" icon="add" look="quiet" />
    </div>
  )
}
