import { useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import { VALUE_SCALES, type ValueScale } from '../../core/patches/patch'
import { importWithScale } from '../../state/patches/files'
import { scaleObstacle } from '../../state/patches/selectors'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'

/** What a file of each scale holds, so that a person can tell from its values. */
const SCALES: Readonly<Record<ValueScale, { title: string; detail: string }>> = {
  raw: {
    title: 'Raw values (reflectance x 10000)',
    detail: "Sentinel-2's own numbers: land mostly 300 to 4000.",
  },
  reflectance: { title: 'Reflectance 0..1', detail: 'Fractions: land mostly 0.03 to 0.4.' },
  x1000: { title: 'Reflectance x 1000', detail: 'Thousandths: land mostly 30 to 400.' },
  l4s: {
    title: 'Landslide4Sense stored values',
    detail: 'Each band divided by its own number: most bands near 1, B10 as large as the others.',
  },
}

const MOST_SHOWN = 100

type Which = 'in-doubt' | 'all'

/** Reads images of the last import again in a value scale that a person chooses. */
export function ValueScaleDialog() {
  const studio = useStudio()
  const images = useStudioState(state => state.patches.importOutcome?.images) ?? []
  const obstacle = useStudioState(scaleObstacle)
  const inDoubt = images.filter(image => image.scaleInDoubt)
  const [which, setWhich] = useState<Which>(inDoubt.length > 0 ? 'in-doubt' : 'all')
  const [scale, setScale] = useState<ValueScale | null>(null)
  const chosen = which === 'in-doubt' ? inDoubt : images
  return (
    <StudioDialog title="Choose value scale">
      <div className="stack">
        <p className="note">
          Files hold reflectance in different scales, and these are told apart by the size of the values.
          Choose the scale where that failed. The files are read again; a patch that was edited or judged
          stays as it is.
        </p>
        {inDoubt.length > 0 && inDoubt.length < images.length && (
          <RadioGroup className="radio-lines" value={which} onChange={value => setWhich(value as Which)}>
            <Label className="field-label">Files</Label>
            <WhichLine id="in-doubt" title="Whose scale is in doubt" count={inDoubt.length} />
            <WhichLine id="all" title="All images of this import" count={images.length} />
          </RadioGroup>
        )}
        <ul className="scale-files" aria-label="Files to read again">
          {chosen.slice(0, MOST_SHOWN).map(({ path }) => (
            <li key={path}>
              <code>{path}</code>
            </li>
          ))}
          {chosen.length > MOST_SHOWN && <li className="dim">and {chosen.length - MOST_SHOWN} more</li>}
        </ul>
        <RadioGroup className="radio-cards" value={scale} onChange={value => setScale(value as ValueScale)}>
          <Label className="field-label">Value scale</Label>
          {VALUE_SCALES.map(id => (
            <Radio key={id} value={id} className="radio-card" aria-label={SCALES[id].title}>
              <strong>{SCALES[id].title}</strong>
              <span className="dim">{SCALES[id].detail}</span>
            </Radio>
          ))}
        </RadioGroup>
        <div className="dialog-foot">
          {obstacle && <span className="dim">{obstacle}</span>}
          <span className="spacer" />
          <Button
            className="button button-primary"
            isDisabled={scale === null || chosen.length === 0 || obstacle !== null}
            onPress={() => scale && void importWithScale(studio, chosen, scale)}
          >
            Read {plural(chosen.length, 'file')} again
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

function WhichLine({ id, title, count }: { id: Which; title: string; count: number }) {
  return (
    <Radio value={id} className="radio-line">
      <span className="radio-dot" aria-hidden="true" />
      {title}
      <span className="spacer" />
      <span className="dim tabular">{count}</span>
    </Radio>
  )
}
