import { NAMED_BANDS } from '../../core/patches/bandNames'
import { BANDS } from '../../core/patches/bands'
import { NAMED_INDICES } from '../../core/patches/layerChannels'
import { setCustomChannel, setIndexExpression } from '../../state/actions/layerChoices'
import { useStudio, useStudioState } from '../studioContext'
import { ExpressionField } from './ExpressionField'

const CHANNELS = ['Red', 'Green', 'Blue']

const BAND_OPTIONS = NAMED_BANDS.map(({ name, band }) => ({
  expression: name,
  title: name,
  detail: BANDS[band]?.title ?? '',
}))

const INDEX_OPTIONS = NAMED_INDICES.map(({ expression, title, meaning }) => ({
  expression,
  title,
  detail: meaning,
}))

/** The expressions of the custom composite or of the index, where one of these is on screen. */
export function ChannelFields() {
  const studio = useStudio()
  const baseLayer = useStudioState(state => state.baseLayer)
  const channels = useStudioState(state => state.customChannels)
  const index = useStudioState(state => state.indexExpression)
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
  const named = NAMED_INDICES.find(({ expression }) => expression === index)
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
          : 'Your own: B1 to B12 are reflectance, slope is degrees, dem metres.'}
      </p>
    </div>
  )
}
