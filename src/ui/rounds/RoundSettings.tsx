import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { StatisticsRule } from '../../core/patches/targetStatistics'
import { BROWSER_PRESETS, COMMON_PRESET, FAMILY_TITLES } from '../../core/rounds/networks'
import { engineBusy } from '../../state/models/selectors'
import { changeSettings, estimateMemory } from '../../state/rounds/settings'
import { CROP_SIZES, SCALES, type RoundSettings as Settings } from '../../state/rounds/slice'
import type { RoundNeed } from '../../worker/protocol'
import { HelpTip, NumberField, Select, Slider, Switch } from '../controls/Fields'
import { DisclosureHeading } from '../controls/SidePanel'
import { formatBytes } from '../format'
import { useStudio, useStudioState } from '../studioContext'

const AVERAGES = [
  { id: '0', title: 'off' },
  { id: '0.99', title: 'last 100 steps' },
  { id: '0.999', title: 'last 1,000 steps' },
] as const

const SCALE_OPTIONS = [
  { id: '0', title: 'same as models' },
  ...SCALES.map(scale => ({ id: String(scale), title: `×${scale}` })),
]

const STATISTICS_OPTIONS = [
  { id: 'auto', title: 'own statistics, as far as known' },
  { id: 'self', title: 'own statistics alone' },
  { id: 'model', title: 'what the models learned from' },
] as const

const STATISTICS_HINTS: Readonly<Record<StatisticsRule, string>> = {
  auto: 'A few images say more about what lies on them than about a sensor: their mean is drawn towards the one that the models learned from. Band statistics show by how much.',
  self: 'Separated normalisation as in the paper, for hundreds of images.',
  model: 'For images of the same sensor and season as those that the models learned from.',
}

/** Settings of the method that an analyst may change, folded until wanted. */
export function RoundSettings() {
  const studio = useStudio()
  const settings = useStudioState(state => state.rounds.settings)
  const set = (change: Partial<Settings>) => changeSettings(studio, change)
  return (
    <Disclosure className="disclosure">
      <DisclosureHeading level={3}>Training settings</DisclosureHeading>
      <DisclosurePanel className="disclosure-panel">
        <div className="stack">
          <h4>Networks</h4>
          {settings.families.map(family => (
            <Select
              key={family}
              label={`Size of ${FAMILY_TITLES[family]}`}
              inline
              value={settings.presets[family] ?? COMMON_PRESET}
              options={BROWSER_PRESETS[family].map(id => ({ id, title: id }))}
              onChange={preset => set({ presets: { ...settings.presets, [family]: preset } })}
            />
          ))}
          <p className="hint">
            Choose in Models which families train. A network continues from a model of its size if there is
            one, and starts from fresh weights otherwise.
          </p>
          <h4>
            Input <HelpTip topic="scale" />
          </h4>
          <div className="field-pair">
            <Select
              label="Scale promotion"
              value={String(settings.scale)}
              options={SCALE_OPTIONS}
              onChange={scale => set({ scale: Number(scale) })}
            />
            <Select
              label="Crop"
              value={String(settings.cropSize)}
              options={CROP_SIZES.map(size => ({ id: String(size), title: `${size} px` }))}
              onChange={size => set({ cropSize: Number(size) })}
            />
          </div>
          <p className="hint">
            Enlarging the input helps the networks see small landslides. ×2 takes four times the work and
            memory, ×4 sixteen times.
          </p>
          <Select
            label="Normalise the target by"
            value={settings.targetStatistics}
            options={STATISTICS_OPTIONS}
            onChange={targetStatistics => set({ targetStatistics })}
          />
          <p className="hint">{STATISTICS_HINTS[settings.targetStatistics]} Predictions follow it too.</p>
          <h4>Pseudo-labels</h4>
          <Slider
            label="Pseudo-label confidence"
            value={settings.pseudoLabelHigh}
            minValue={0.5}
            maxValue={0.95}
            step={0.05}
            format={{ minimumFractionDigits: 2 }}
            onChange={value => set({ pseudoLabelHigh: Math.round(value * 100) / 100 })}
          />
          <Switch
            label="Soft pseudo-labels"
            isSelected={settings.softPseudoLabels}
            onChange={softPseudoLabels => set({ softPseudoLabels })}
          />
          <p className="hint">
            In patches without a verdict, pixels from {settings.pseudoLabelHigh.toFixed(2)} train as landslide
            and below {(1 - settings.pseudoLabelHigh).toFixed(2)} as background; pixels between are ignored.
            Soft pseudo-labels use the probability itself. Your verdicts always count fully.
          </p>
          <h4>Training</h4>
          <div className="field-pair">
            <NumberField
              label="Micro-batch size"
              value={settings.microBatch}
              minValue={1}
              maxValue={32}
              onChange={microBatch => set({ microBatch })}
            />
            <NumberField
              label="Gradient accumulation"
              value={settings.accumulate}
              minValue={1}
              maxValue={32}
              onChange={accumulate => set({ accumulate })}
            />
          </div>
          <MemoryEstimate />
          <div className="field-pair">
            <NumberField
              label="Learning rate"
              value={settings.learningRate}
              minValue={0.00001}
              maxValue={0.1}
              step={0.00001}
              format={{ maximumSignificantDigits: 3 }}
              onChange={learningRate => set({ learningRate })}
            />
            <NumberField
              label="Seed"
              value={settings.seed}
              minValue={0}
              maxValue={4294967295}
              format={{ useGrouping: false }}
              onChange={seed => set({ seed })}
            />
          </div>
          <Select
            label="Weight averaging"
            inline
            value={AVERAGES.find(({ id }) => Number(id) === settings.emaDecay)?.id ?? '0'}
            options={AVERAGES}
            onChange={decay => set({ emaDecay: Number(decay) })}
          />
          <p className="hint">
            The averaged weights are scored and kept. Averaging steadies long rounds; in rounds shorter than
            its window it slows learning.
          </p>
          <h4>Prediction</h4>
          <Switch
            label="Test-time augmentation (8x)"
            isSelected={settings.testTimeFlips}
            onChange={testTimeFlips => set({ testTimeFlips })}
          />
          <p className="hint">Usually slightly better, at eight times the prediction work.</p>
        </div>
      </DisclosurePanel>
    </Disclosure>
  )
}

/** GPU memory that the round would need, and the batch that fits a limit. */
function MemoryEstimate() {
  const studio = useStudio()
  const { batchByMemory, memoryBudget, families } = useStudioState(state => state.rounds.settings)
  const estimate = useStudioState(state => state.rounds.estimate)
  const idle = useStudioState(state => state.models.engine.status === 'ready' && !engineBusy(state))
  return (
    <div className="stack memory-estimate">
      <Switch
        label="Choose batch size by memory"
        isSelected={batchByMemory}
        onChange={chosen => changeSettings(studio, { batchByMemory: chosen })}
      />
      {batchByMemory && (
        <NumberField
          label="GPU memory limit (MB)"
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
        {estimate.status === 'running' && <p className="hint">Running two steps of each network…</p>}
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
        <caption className="visually-hidden">GPU memory and work of training, by network</caption>
        <tbody>
          {need.networks.map(({ family, preset, peakBytes, step }) => (
            <tr key={family}>
              <th scope="row">
                {FAMILY_TITLES[family]} <span className="dim">{preset}</span>
                <span className="dim estimated-work">
                  {plural(step.dispatches, 'kernel')}, {formatBytes(step.bytesMoved)} moved,{' '}
                  {Math.ceil(step.flop / 1e9).toLocaleString('en')} GFLOP a step
                </span>
              </th>
              <td className="estimated-memory">{formatBytes(peakBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <p className="hint">
        {formatBytes(peak)} at most, one network at a time, with micro-batches of {need.microBatch} and
        gradient accumulation over {need.accumulate}
        {need.checkpointing && ', each block computed again for its gradients'}.
      </p>
      {tooLarge.map(({ family, largestBytes }) => (
        <p key={family} className="unfinished-reason">
          {FAMILY_TITLES[family]} needs a buffer of {formatBytes(largestBytes)}, more than this device allows:
          use a smaller micro-batch, crop or scale.
        </p>
      ))}
    </>
  )
}
