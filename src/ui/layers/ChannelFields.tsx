import { useEffect, useState } from 'react'
import {
  Button,
  ComboBox,
  FieldError,
  Group,
  Input,
  Label,
  ListBox,
  ListBoxItem,
  Popover,
  Text,
} from 'react-aria-components'
import { type ExpressionProblem, parseBandExpression } from '../../core/patches/bandExpression'
import { BANDS, NAMED_BANDS } from '../../core/patches/bands'
import { SPECTRAL_INDICES } from '../../core/patches/spectralIndices'
import { setCustomChannel, setIndexExpression } from '../../state/layers/actions'
import { useStudio, useStudioState } from '../studioContext'

const CHANNELS = ['Red', 'Green', 'Blue']

const BAND_OPTIONS = NAMED_BANDS.map(({ name, band }) => ({
  expression: name,
  title: name,
  detail: BANDS[band]?.title ?? '',
}))

const INDEX_OPTIONS = SPECTRAL_INDICES.map(({ expression, title, meaning }) => ({
  expression,
  title,
  detail: meaning,
}))

/** The expressions of the custom composite or of the index, where one of these is on screen. */
export function ChannelFields() {
  const studio = useStudio()
  const baseLayer = useStudioState(state => state.layers.baseLayer)
  const channels = useStudioState(state => state.layers.customChannels)
  const index = useStudioState(state => state.layers.indexExpression)
  if (baseLayer === 'custom') {
    return (
      <div className="channel-fields">
        {CHANNELS.map((label, channel) => (
          <ExpressionField
            key={label}
            label={label}
            value={channels[channel] ?? ''}
            options={BAND_OPTIONS}
            onChange={expression => setCustomChannel(studio, channel, expression)}
          />
        ))}
        <p className="hint">
          Choose a band or type an expression over B1 to B12 (reflectance), slope and dem: + - * / ^, min max
          abs sqrt exp log clamp.
        </p>
      </div>
    )
  }
  if (baseLayer !== 'index') return null
  const named = SPECTRAL_INDICES.find(({ expression }) => expression === index)
  return (
    <div className="channel-fields">
      <ExpressionField
        label="Index"
        value={index}
        options={INDEX_OPTIONS}
        onChange={expression => setIndexExpression(studio, expression)}
      />
      <p className="hint">
        {named
          ? `${named.title}: ${named.meaning}.`
          : 'Custom: B1 to B12 in reflectance, slope in degrees, dem in metres.'}
      </p>
    </div>
  )
}

interface ExpressionFieldProps {
  label: string
  value: string
  options: readonly { expression: string; title: string; detail: string }[]
  /** Called with sound expressions only, once typing ends. */
  onChange: (expression: string) => void
}

/** A text field for a band expression with a list to choose from; what is wrong is said while it is typed, and where. */
function ExpressionField({ label, value, options, onChange }: ExpressionFieldProps) {
  const [draft, setDraft] = useState(value)
  useEffect(() => setDraft(value), [value])
  const { problem } = parseBandExpression(draft)
  const take = () => {
    if (!problem) onChange(draft.trim())
  }
  return (
    <ComboBox
      className="expression-field"
      allowsCustomValue
      menuTrigger="manual"
      isInvalid={problem !== null}
      inputValue={draft}
      onInputChange={setDraft}
      onSelectionChange={key => {
        if (typeof key !== 'string') return
        setDraft(key)
        onChange(key)
      }}
      onBlur={take}
    >
      <Label className="field-label">{label}</Label>
      <Group className="expression-group">
        <Input
          className="expression-input"
          spellCheck="false"
          autoComplete="off"
          onKeyDown={event => {
            if (event.key === 'Enter') take()
            // Back to what is drawn, rather than a field that says something else than the image.
            if (event.key === 'Escape') setDraft(value)
          }}
        />
        <Button className="expression-open">
          <span aria-hidden="true" className="select-arrow" />
        </Button>
      </Group>
      {problem && (
        <FieldError className="expression-problem">
          <Problem text={draft} problem={problem} />
        </FieldError>
      )}
      <Popover className="popover select-popover" offset={4}>
        <ListBox className="select-list">
          {options.map(option => (
            <ListBoxItem
              key={option.expression}
              id={option.expression}
              textValue={option.expression}
              className="select-item expression-item"
            >
              <Text slot="label">{option.title}</Text>
              <Text slot="description">{option.detail}</Text>
            </ListBoxItem>
          ))}
        </ListBox>
      </Popover>
    </ComboBox>
  )
}

/** Characters before the place that are quoted with it. */
const QUOTED = 18

function Problem({ text, problem }: { text: string; problem: ExpressionProblem }) {
  const from = Math.max(0, problem.at - QUOTED)
  return (
    <>
      {text !== '' && (
        <code aria-hidden="true">
          {from > 0 && '…'}
          {text.slice(from, problem.at)}
          <mark>{text.slice(problem.at, problem.at + 1) || ' '}</mark>
          {text.slice(problem.at + 1, problem.at + 8)}
        </code>
      )}
      <span>
        {text !== '' && `Character ${problem.at + 1}: `}
        {problem.message}
      </span>
    </>
  )
}
