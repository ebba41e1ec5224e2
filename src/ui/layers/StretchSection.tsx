import { Disclosure, DisclosurePanel } from 'react-aria-components'
import { bandExpression } from '../../core/patches/bandExpression'
import { setStretch } from '../../state/actions/layerChoices'
import { shownChannels } from '../../state/shownChannels'
import { CommandButton } from '../controls/CommandButton'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'
import { StretchHistogram } from './StretchHistogram'
import { useHistograms } from './useHistograms'
import { useShownRange } from './useShownRange'

const FINE_PERCENT = { style: 'percent', maximumFractionDigits: 1 } as const
const TONES = ['red', 'green', 'blue'] as const

/** How values become brightness: a cut by percentile, and for each channel a histogram with an end to drag either side. */
export function StretchSection() {
  const studio = useStudio()
  const baseLayer = useStudioState(state => state.baseLayer)
  const percentile = useStudioState(state => state.percentile)
  const open = useStudioState(state => state.histogramOpen)
  const stretched = useStudioState(state => state.stretches[state.baseLayer])
  const channels = useStudioState(state => JSON.stringify(shownChannels(state)))
  const histograms = useHistograms(open && baseLayer !== 'hillshade')
  const range = useShownRange()
  if (baseLayer === 'hillshade') return null
  const expressions = JSON.parse(channels) as string[]
  const unfit = range?.some(({ fits }) => fits === false) ?? false
  const byHand = stretched?.some(Boolean) ?? false
  return (
    <>
      <Slider
        label="Stretch cut"
        value={percentile}
        minValue={0}
        maxValue={0.1}
        step={0.005}
        format={FINE_PERCENT}
        isDisabled={baseLayer === 'slope'}
        onChange={value => studio.store.setState({ percentile: value })}
      />
      <Disclosure
        className="disclosure stretch"
        isExpanded={open}
        onExpandedChange={histogramOpen => studio.store.setState({ histogramOpen })}
      >
        <div className="stretch-head">
          <DisclosureHeading level={3}>Histogram</DisclosureHeading>
          {byHand && <CommandButton command="reset-stretch" look="quiet" />}
        </div>
        <DisclosurePanel>
          <div className="stretch-channels">
            {expressions.map((expression, channel) => (
              <StretchHistogram
                key={TONES[channel]}
                expression={expression}
                tone={expressions.length > 1 ? (TONES[channel] ?? null) : null}
                unit={bandExpression(expression).single?.unit ?? ''}
                histogram={histograms?.[channel] ?? null}
                shown={range?.[channel] ?? null}
                hand={stretched?.[channel] ?? null}
                onChange={limits => setStretch(studio, baseLayer, channel, limits)}
              />
            ))}
            {unfit && (
              <p className="hint">
                The ends set by hand would leave this patch all dark or all bright: its percentiles are shown
                instead.
              </p>
            )}
          </div>
        </DisclosurePanel>
      </Disclosure>
    </>
  )
}
