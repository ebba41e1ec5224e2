import { Button, Disclosure, DisclosurePanel, Heading } from 'react-aria-components'
import type { RoundRecord } from '../../core/refinement/round'
import { ALL_FAMILIES, FAMILY_TITLES } from '../../state/slices/roundsSlice'
import { Icon } from '../controls/Icon'
import { confusionText } from './confusionText'
import { LineChart } from './LineChart'
import { RoundActions } from './RoundActions'
import { RoundConfiguration } from './RoundConfiguration'
import { RoundFold } from './RoundFold'
import { RoundTarget } from './RoundTarget'
import { describeRound, roundLine } from './roundLine'
import { ScoreTable } from './ScoreTable'

interface RoundCardProps {
  round: RoundRecord
  /** The round that it went on from; null for the first. */
  parent: RoundRecord | null
  /** Whether the next round goes on from it. */
  inUse: boolean
  latest: boolean
}

/** A round in one line, and unfolded everything that is known of it. */
export function RoundCard({ round, parent, inUse, latest }: RoundCardProps) {
  const line = roundLine(round, parent)
  return (
    <Disclosure className={`disclosure round-card${inUse ? ' round-in-use' : ''}`} defaultExpanded={latest}>
      <Heading level={3}>
        <Button
          slot="trigger"
          className="disclosure-trigger round-line tabular"
          aria-label={describeRound(round, line, inUse)}
        >
          <Icon name="chevron" />
          <span title={round.networks.map(({ family }) => FAMILY_TITLES[family]).join(', ')}>
            Round {round.index}
          </span>
          <span title="Landslide F1 on held-out patches, and its change against the round that this went on from">
            {line.f1} <span className="dim">{line.change}</span>
          </span>
          <span className="dim" title="Target pixels that changed sides">
            {line.changed ?? '–'}
          </span>
        </Button>
      </Heading>
      <DisclosurePanel className="disclosure-panel">
        <RoundActions round={round} parent={parent} inUse={inUse} />
        <ScoreTable round={round} />
        {round.ensembleHeldOut && <p className="hint">{confusionText(round.ensembleHeldOut)}.</p>}
        <LineChart
          title="Loss"
          steps={round.config.steps}
          format={value => value.toFixed(2)}
          series={round.networks.map(network => ({
            name: FAMILY_TITLES[network.family],
            look: ALL_FAMILIES.indexOf(network.family),
            points: network.losses,
          }))}
        />
        <RoundFold title="On the target">
          <RoundTarget round={round} />
        </RoundFold>
        <RoundFold title="Configuration">
          <RoundConfiguration round={round} parent={parent} />
        </RoundFold>
        {round.notes.length > 0 && (
          <RoundFold title={`Notes (${round.notes.length})`}>
            <ul className="round-note-list">
              {round.notes.map(note => (
                <li key={note} className="hint">
                  {note}
                </li>
              ))}
            </ul>
          </RoundFold>
        )}
      </DisclosurePanel>
    </Disclosure>
  )
}
