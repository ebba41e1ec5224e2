import { useState } from 'react'
import { Label, Radio, RadioGroup } from 'react-aria-components'
import { BASELINE_OFFSET } from '../../core/patches/bands'
import type { FoundScene, Resampling } from '../../core/scenes/scene'
import { chooseForScene } from '../../state/scenes/addScene'
import type { SceneBuilder } from '../../state/scenes/builder'
import type { SceneChoices } from '../../worker/protocol'
import { NumberField } from '../controls/Fields'
import { Icon } from '../controls/Icon'
import { useStudio } from '../studioContext'
import { PlanError } from './PlanSummary'
import { EVIDENCE_WORDS } from './sceneText'

interface ValueFieldsProps {
  builder: SceneBuilder
  scene: FoundScene
  choices: SceneChoices
}

/** What the stored numbers mean, and what was found out about it; a question where nothing was. */
export function ValueFields({ builder, scene, choices }: ValueFieldsProps) {
  const studio = useStudio()
  const quantification = choices.quantification ?? scene.quantification.value
  const unit = (quantification ?? 10_000) / 10_000
  const isByBand = choices.offset === null && new Set(Object.values(scene.offset.byBand)).size > 1
  return (
    <section className="stack" aria-label="Values">
      <h3>Values</h3>
      <ValueChoice
        label="A reflectance of 1 is stored as"
        found={scene.quantification}
        chosen={choices.quantification}
        options={[
          { value: 10_000, title: '10000' },
          { value: 1000, title: '1000' },
          { value: 1, title: '1' },
        ]}
        range={{ minValue: 0.0001, maxValue: 1_000_000 }}
        onChange={value => chooseForScene(studio, { quantification: value })}
      />
      <ValueChoice
        label="Offset, added before dividing"
        found={scene.offset}
        chosen={choices.offset}
        note={isByBand ? 'another one for each band' : undefined}
        options={[
          { value: 0, title: '0', detail: 'before baseline 04.00' },
          {
            value: -BASELINE_OFFSET * unit,
            title: String(-BASELINE_OFFSET * unit),
            detail: 'since baseline 04.00',
          },
        ]}
        range={{ minValue: -1_000_000, maxValue: 1_000_000 }}
        onChange={value => chooseForScene(studio, { offset: value })}
      />
      <PlanError builder={builder} field="values" />
      <RadioGroup
        className="radio-lines scene-values"
        value={choices.resampling}
        onChange={value => chooseForScene(studio, { resampling: value as Resampling })}
      >
        <Label className="field-label">Coarser bands on the grid</Label>
        <Radio value="nearest" className="radio-line">
          <span className="radio-dot" aria-hidden="true" />
          Nearest <span className="dim">as the models learned</span>
        </Radio>
        <Radio value="bilinear" className="radio-line">
          <span className="radio-dot" aria-hidden="true" />
          Bilinear
        </Radio>
      </RadioGroup>
    </section>
  )
}

interface ValueChoiceProps {
  label: string
  found: { value: number | null; evidence: FoundScene['offset']['evidence'] }
  chosen: number | null
  options: readonly { value: number; title: string; detail?: string }[]
  note?: string | undefined
  range: { minValue: number; maxValue: number }
  /** @param value null: as found */
  onChange: (value: number | null) => void
}

const OTHER = 'other'

/** One of the usual numbers, or another; nothing is chosen where it was not found out. */
function ValueChoice({ label, found, chosen, options, note, range, onChange }: ValueChoiceProps) {
  const value = chosen ?? found.value
  const isUsual = options.some(option => option.value === value)
  const [isOther, setIsOther] = useState(value !== null && !isUsual)
  const give = (given: number) => onChange(given === found.value ? null : given)
  const isOpen = value === null
  const evidence = found.value === null ? null : `${found.value}, ${EVIDENCE_WORDS[found.evidence]}`
  return (
    <RadioGroup
      className={`radio-lines scene-values${isOpen ? ' scene-question' : ''}`}
      value={value === null && !isOther ? null : isOther ? OTHER : String(value)}
      onChange={id => {
        setIsOther(id === OTHER)
        if (id !== OTHER) give(Number(id))
      }}
      isRequired={isOpen}
    >
      <Label className="field-label">
        {isOpen && <Icon name="unsure" />}
        {label}
        {evidence && <span> ({note ?? evidence})</span>}
        {isOpen && <span> (answer needed)</span>}
      </Label>
      {options.map(option => (
        <Radio key={option.value} value={String(option.value)} className="radio-line">
          <span className="radio-dot" aria-hidden="true" />
          {option.title} {option.detail && <span className="dim">{option.detail}</span>}
        </Radio>
      ))}
      <Radio value={OTHER} className="radio-line">
        <span className="radio-dot" aria-hidden="true" />
        Other
      </Radio>
      {isOther && (
        <NumberField
          label={`${label}: other`}
          value={value ?? Number.NaN}
          {...range}
          format={{ maximumFractionDigits: 6, useGrouping: false }}
          onChange={give}
        />
      )}
    </RadioGroup>
  )
}
