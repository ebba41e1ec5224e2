import { useState } from 'react'
import { Button, Checkbox, Label, Radio, RadioGroup } from 'react-aria-components'
import { type ExportChoice, type ExportScope, exportPatchIds, exportProject } from '../../state/patches/files'
import { patchById } from '../../state/patches/selectors'
import { useStudio, useStudioState } from '../studioContext'
import { StudioDialog } from './StudioDialog'

export const FORMATS = [
  {
    id: 'geotiff',
    title: 'Masks as GeoTIFF',
    detail: 'Byte, 0 background, 1 landslide, nodata 255, colour table. A zip where there are several.',
  },
  {
    id: 'submission',
    title: 'Competition zip',
    detail: 'mask_N.h5 at the root, dataset "mask", uint8 0 and 1.',
  },
] as const

export const SCOPES: readonly { id: ExportScope; title: string }[] = [
  { id: 'selected', title: 'This patch' },
  { id: 'reviewed', title: 'Accepted and corrected' },
  { id: 'all', title: 'All target patches' },
]

export function ExportDialog() {
  const studio = useStudio()
  const state = useStudioState(current => current)
  const busy = state.shell.jobs.export !== undefined
  const [format, setFormat] = useState<ExportChoice['format']>('geotiff')
  const [scope, setScope] = useState<ExportScope>(() => firstScope(id => exportPatchIds(state, id).length))
  const [includeProbability, setIncludeProbability] = useState(false)
  const [done, setDone] = useState<{ fileName: string; notes: string[] } | null>(null)
  const ids = exportPatchIds(state, scope)
  const withoutCrs = ids.filter(id => !patchById(state, id)?.georeference?.crs).length
  /** What the last file had to say no longer holds for another choice. */
  const choose = (change: () => void) => {
    setDone(null)
    change()
  }
  const save = async () => {
    setDone(null)
    setDone(await exportProject(studio, { format, scope, includeProbability }))
  }
  return (
    <StudioDialog title="Export">
      <div className="stack">
        <RadioGroup
          className="radio-cards"
          value={format}
          onChange={value => choose(() => setFormat(value as ExportChoice['format']))}
        >
          <Label className="field-label">Format</Label>
          {FORMATS.map(option => (
            <Radio key={option.id} value={option.id} className="radio-card" aria-label={option.title}>
              <strong>{option.title}</strong>
              <span className="dim">{option.detail}</span>
            </Radio>
          ))}
        </RadioGroup>
        <RadioGroup
          className="radio-lines"
          value={scope}
          onChange={value => choose(() => setScope(value as ExportScope))}
        >
          <Label className="field-label">Patches</Label>
          {SCOPES.map(option => {
            const count = exportPatchIds(state, option.id).length
            return (
              <Radio key={option.id} value={option.id} className="radio-line" isDisabled={count === 0}>
                <span className="radio-dot" aria-hidden="true" />
                {option.title}
                <span className="spacer" />
                <span className="dim tabular">{count}</span>
              </Radio>
            )
          })}
        </RadioGroup>
        {format === 'geotiff' && (
          <Checkbox className="checkbox" isSelected={includeProbability} onChange={setIncludeProbability}>
            <span className="checkbox-box" aria-hidden="true" />
            Probability as a second file (float32)
          </Checkbox>
        )}
        {done && done.notes.length > 0 ? (
          <ul className="note notes">
            {done.notes.map(note => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        ) : (
          <p className="note">{crsNote(format, ids.length, withoutCrs)}</p>
        )}
        <div className="dialog-foot">
          <span className="dim" role="status">
            {busy ? 'Writing…' : done ? `${done.fileName} saved` : ''}
          </span>
          <span className="spacer" />
          <Button
            className="button button-primary"
            isDisabled={ids.length === 0}
            isPending={busy}
            onPress={() => void save()}
          >
            Download
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}

export function firstScope(count: (scope: ExportScope) => number): ExportScope {
  if (count('reviewed') > 0) return 'reviewed'
  return count('all') > 0 ? 'all' : 'selected'
}

/** Said before the file is made: a coordinate system is carried over or absent, never made up. */
export function crsNote(format: ExportChoice['format'], count: number, without: number): string {
  if (count === 0) return 'Nothing to export in this choice.'
  if (format === 'submission') return 'The competition format holds no coordinates.'
  if (without === 0) return 'Every file carries the coordinate system and transform of its source.'
  if (without === count) {
    return 'No CRS: the sources name none, so the files have none. They open in pixel coordinates.'
  }
  return `${without} of ${count} sources name no CRS; their files have none. The others keep theirs.`
}
