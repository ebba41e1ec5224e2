import { Button } from 'react-aria-components'
import { changeSettings, estimateMemory } from '../../state/actions/roundSettings'
import { engineBusy } from '../../state/selectors'
import { FAMILY_TITLES } from '../../state/slices/roundsSlice'
import type { RoundNeed } from '../../worker/protocol'
import { NumberField } from '../controls/NumberField'
import { Switch } from '../controls/Switch'
import { formatBytes } from '../formatBytes'
import { useStudio, useStudioState } from '../studioContext'

/** What the round would take of the GPU, before any of it is spent, and the batch that fits a budget. */
export function MemoryEstimate() {
  const studio = useStudio()
  const { batchByMemory, memoryBudget, families } = useStudioState(state => state.settings)
  const estimate = useStudioState(state => state.estimate)
  const idle = useStudioState(state => state.engine.status === 'ready' && !engineBusy(state))
  return (
    <div className="stack memory-estimate">
      <Switch
        label="Choose the batch by memory"
        isSelected={batchByMemory}
        onChange={chosen => changeSettings(studio, { batchByMemory: chosen })}
      />
      {batchByMemory && (
        <NumberField
          label="GPU memory to use, MB"
          value={memoryBudget}
          minValue={64}
          maxValue={131072}
          step={64}
          onChange={value => changeSettings(studio, { memoryBudget: value })}
        />
      )}
      <div className="button-row">
        <Button
          className="button button-plain"
          isDisabled={!idle || families.length === 0}
          isPending={estimate.status === 'running'}
          onPress={() => void estimateMemory(studio)}
        >
          Estimate memory
        </Button>
      </div>
      <div role="status">
        {estimate.status === 'running' && <p className="hint">Rehearsing two steps of each network…</p>}
        {estimate.status === 'failed' && <p className="unfinished-reason">{estimate.message}</p>}
        {estimate.status === 'known' && <Known need={estimate.need} />}
      </div>
    </div>
  )
}

function Known({ need }: { need: RoundNeed }) {
  const peak = Math.max(...need.networks.map(network => network.peakBytes))
  const tooLarge = need.networks.filter(
    network => need.largestBuffer !== null && network.largestBytes > need.largestBuffer,
  )
  return (
    <>
      <table className="scores tabular">
        <caption className="visually-hidden">GPU memory of training, by network</caption>
        <tbody>
          {need.networks.map(({ family, preset, peakBytes }) => (
            <tr key={family}>
              <th scope="row">
                {FAMILY_TITLES[family]} <span className="dim">{preset}</span>
              </th>
              <td>{formatBytes(peakBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">
        {formatBytes(peak)} at most, one network at a time, with {need.microBatch}{' '}
        {need.microBatch === 1 ? 'patch' : 'patches'} a pass and {need.accumulate}{' '}
        {need.accumulate === 1 ? 'pass' : 'passes'} a step.
      </p>
      {tooLarge.map(({ family, largestBytes }) => (
        <p key={family} className="unfinished-reason">
          {FAMILY_TITLES[family]} needs {formatBytes(largestBytes)} in one piece, more than this device gives:
          take fewer patches a pass, smaller crops or a smaller scale.
        </p>
      ))}
    </>
  )
}
