import { FieldError, Input, Label, Radio, RadioGroup, TextField } from 'react-aria-components'
import { bandSetsOf } from '../../core/patches/bandSets'
import type { BandAnswer, BandChoice } from '../../state/models/checkpointBands'

interface BandQuestionProps {
  /** Bands of the checkpoint. */
  count: number
  choice: BandChoice
  answer: BandAnswer
  isDisabled: boolean
  onChange: (choice: BandChoice) => void
}

/** Asks which bands a checkpoint's first layer takes, and says what becomes of them. */
export function BandQuestion({ count, choice, answer, isDisabled, onChange }: BandQuestionProps) {
  const options = [
    ...bandSetsOf(count).map(({ id, title, bands }) => ({ id, title, detail: bands.join(', ') })),
    { id: 'names', title: 'Other bands', detail: 'listed by name' },
    { id: 'position', title: 'Unknown', detail: 'repeated by position, as timm does' },
  ]
  const problem = answer.status === 'wrong' ? answer.message : null
  return (
    <div className="band-question">
      <RadioGroup
        className="radio-lines"
        value={choice.way}
        onChange={way => onChange({ ...choice, way })}
        isDisabled={isDisabled}
      >
        <Label className="field-label">
          Which {count === 1 ? 'band' : `${count} bands`} does its first layer take?
        </Label>
        {options.map(({ id, title, detail }) => (
          <Radio key={id} value={id} className="radio-line">
            <span className="radio-dot" aria-hidden="true" />
            <span>
              {title} <span className="dim tabular">{detail}</span>
            </span>
          </Radio>
        ))}
      </RadioGroup>
      {choice.way === 'names' && (
        <TextField
          className="text-field"
          value={choice.names}
          onChange={names => onChange({ ...choice, names })}
          isInvalid={problem !== null}
          isDisabled={isDisabled}
        >
          <Label className="field-label">Band names in the order of the first layer</Label>
          <Input className="text-input" placeholder="B02, B03, B04, B8A" spellCheck="false" />
          <FieldError className="field-problem">{problem}</FieldError>
        </TextField>
      )}
      <p className="note" role="status">
        {answer.status === 'ready' && answer.message}
        {answer.status === 'open' &&
          'Nothing in the file says which bands these are: choose them to add the model.'}
        {answer.status === 'wrong' && 'Correct the list to add the model.'}
      </p>
    </div>
  )
}
