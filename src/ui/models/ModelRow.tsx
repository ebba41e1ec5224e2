import { Button, Checkbox, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import { choosePredicting } from '../../state/actions/chooseModels'
import { loadFacts } from '../../state/actions/modelActions'
import { predicts } from '../../state/modelSelectors'
import type { ModelSummary } from '../../worker/protocol'
import { Icon } from '../controls/Icon'
import { formatScore } from '../formatScore'
import { useStudio, useStudioState } from '../studioContext'
import { describeModel } from './describeModel'
import { ModelDetails } from './ModelDetails'

/** One model: its place in the ensemble, what it is in a line, and everything else unfolded. */
export function ModelRow({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const chosen = useStudioState(state => predicts(model, state.ensemble))
  return (
    <li className="model-row">
      <Checkbox
        className="checkbox"
        aria-label={`Predict with ${model.title}`}
        isSelected={chosen}
        isDisabled={!model.canPredict}
        onChange={selected => choosePredicting(studio, model.id, selected)}
      >
        <span className="checkbox-box" aria-hidden="true" />
      </Checkbox>
      <Disclosure
        className="disclosure"
        onExpandedChange={expanded => expanded && void loadFacts(studio, model.id)}
      >
        <Heading level={3}>
          <Button slot="trigger" className="disclosure-trigger model-trigger">
            <span className="model-title" title={model.title}>
              {model.title}
            </span>
            <span className="model-score tabular" title="Landslide F1 on held-out patches">
              {model.heldOutF1 !== null && `F1 ${formatScore(model.heldOutF1)}`}
            </span>
            <span className="model-line dim">{describeModel(model)}</span>
            {!model.canPredict && <span className="model-line model-untrained">Has to be trained first</span>}
            <Icon name="chevron" />
          </Button>
        </Heading>
        <DisclosurePanel className="model-details">
          <ModelDetails model={model} />
        </DisclosurePanel>
      </Disclosure>
    </li>
  )
}
