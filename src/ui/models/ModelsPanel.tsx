import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { returnToLatestModels } from '../../state/actions/chooseModels'
import { emptyEnsemble, predicts } from '../../state/modelSelectors'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { useStudio, useStudioState } from '../studioContext'
import { AddModelButton } from './AddModelButton'
import { DamagedModels } from './DamagedModels'
import { FamilyChoice } from './FamilyChoice'
import { ModelGroup } from './ModelGroup'

/** Every model that there is: which predict, which families the next round trains, what each is and where from. */
export function ModelsPanel() {
  const studio = useStudio()
  const open = useStudioState(state => state.modelsOpen)
  const models = useStudioState(state => state.models)
  const ensemble = useStudioState(state => state.ensemble)
  const listed = useStudioState(state => state.modelsListed)
  const obstacle = useStudioState(emptyEnsemble)
  const latestRound = Math.max(0, ...models.map(model => model.round ?? 0))
  const earlier = models.filter(model => model.round !== null && model.round < latestRound)
  const groups = [
    { title: `Round ${latestRound}`, members: models.filter(model => model.round === latestRound) },
    { title: 'Imported', members: models.filter(model => model.origin === 'imported') },
    { title: 'Starters', members: models.filter(model => model.origin === 'starter') },
  ].filter(({ members }) => members.length > 0)
  const chosen = models.filter(model => predicts(model, ensemble)).length
  return (
    <section className="panel models-panel" aria-label="Models">
      <Disclosure
        className="disclosure"
        isExpanded={open}
        onExpandedChange={modelsOpen => studio.store.setState({ modelsOpen })}
      >
        <div className="panel-head">
          <DisclosureHeading level={2}>Models</DisclosureHeading>
          <span className="dim">{listed ? `${chosen} of ${models.length} predict` : 'listing…'}</span>
        </div>
        <DisclosurePanel className="models-body">
          {obstacle && (
            <p className="hint" role="status">
              {obstacle}
            </p>
          )}
          {groups.map(({ title, members }) => (
            <ModelGroup key={title} title={title} models={members} />
          ))}
          {earlier.length > 0 && (
            <Disclosure className="disclosure">
              <DisclosureHeading level={3}>Earlier rounds ({earlier.length})</DisclosureHeading>
              <DisclosurePanel>
                <ModelGroup title="Earlier rounds" models={earlier} />
              </DisclosurePanel>
            </Disclosure>
          )}
          <DamagedModels />
          <div className="models-foot">
            <AddModelButton />
            {ensemble !== null && (
              <Button className="button button-quiet" onPress={() => returnToLatestModels(studio)}>
                Back to the latest
              </Button>
            )}
          </div>
          <FamilyChoice />
        </DisclosurePanel>
      </Disclosure>
    </section>
  )
}
