import { BANDS } from '../../core/patches/bands'
import type { FillBy } from '../../state/slices/editSlice'
import { Segmented } from '../controls/Segmented'
import { Select } from '../controls/Select'
import { Slider } from '../controls/Slider'
import { useStudio, useStudioState } from '../studioContext'

const BY: readonly { id: FillBy; title: string }[] = [
  { id: 'mask', title: 'Same class' },
  { id: 'probability', title: 'Probability' },
  { id: 'band', title: 'Band' },
]

/** What a fill takes for alike. */
export function FillFields() {
  const studio = useStudio()
  const fillBy = useStudioState(state => state.fillBy)
  const fillTolerance = useStudioState(state => state.fillTolerance)
  const fillBand = useStudioState(state => state.fillBand)
  const fillBandTolerance = useStudioState(state => state.fillBandTolerance)
  return (
    <>
      <Segmented
        label="Fill what is alike in"
        value={fillBy}
        options={BY}
        onChange={id => studio.store.setState({ fillBy: id })}
      />
      {fillBy === 'probability' && (
        <Slider
          label="Tolerance"
          value={fillTolerance}
          minValue={0}
          maxValue={0.5}
          step={0.01}
          format={{ minimumFractionDigits: 2 }}
          onChange={value => studio.store.setState({ fillTolerance: value })}
        />
      )}
      {fillBy === 'band' && (
        <>
          <Select
            label="Band"
            inline
            value={String(fillBand)}
            options={BANDS.map(({ name, title }, index) => ({
              id: String(index),
              title: `${name} ${title}`,
            }))}
            onChange={id => studio.store.setState({ fillBand: Number(id) })}
          />
          <Slider
            label="Tolerance"
            value={fillBandTolerance}
            minValue={0.01}
            maxValue={0.5}
            step={0.01}
            format={{ style: 'percent' }}
            onChange={value => studio.store.setState({ fillBandTolerance: value })}
          />
        </>
      )}
    </>
  )
}
