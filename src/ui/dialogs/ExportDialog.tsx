import { useState } from 'react'
import { Button, Checkbox, CheckboxGroup, Label, Radio, RadioGroup } from 'react-aria-components'
import { listNames } from '../../core/foundation/text'
import { MASK_STATES, type MaskState } from '../../core/review/provenance'
import type { PatchRecord } from '../../core/review/records'
import {
  DEFAULT_EXPORT_STATES,
  DEFAULT_POLYGONS,
  type ExportChoice,
  type ExportedScene,
  type ExportScope,
  exportedScenes,
  exportPatchIds,
  exportProject,
  patchesByMaskState,
} from '../../state/patches/exportMasks'
import { chosenPatches, patchById, selectedPatch } from '../../state/patches/selectors'
import type { StudioState } from '../../state/studioState'
import { JobProgress } from '../map/JobStrip'
import { useStudio, useStudioState } from '../studioContext'
import { PolygonFields } from './ExportPolygons'
import { MosaicChoice, sceneNotes } from './ExportScenes'
import { StudioDialog } from './StudioDialog'

const FORMATS = [
  {
    id: 'polygons',
    title: 'Polygons of landslides',
    detail: 'With area, length, slope, confidence, verdict and source of each. One inventory of all masks.',
  },
  {
    id: 'bundle',
    title: 'Evidence bundle',
    detail:
      'One zip: polygons, masks, accuracy, journal of verdicts, networks, a report of two pages, and checksums of all.',
  },
  {
    id: 'geotiff',
    title: 'Masks as GeoTIFF',
    detail:
      'Byte, 0 background, 1 landslide, nodata 255, colour table. One mosaic for a scene. A zip where there are several files.',
  },
  {
    id: 'submission',
    title: 'Competition zip',
    detail: 'mask_N.h5 at the root, dataset "mask", uint8 0 and 1.',
  },
] as const

const STATE_TITLES: Record<MaskState, string> = {
  accepted: 'Accepted',
  corrected: 'Corrected',
  'label-corrected': 'Label corrected',
  painted: 'Painted, not judged',
  predicted: 'Predicted, not reviewed',
  rejected: 'Rejected',
  unsure: 'Unsure',
}

export function ExportDialog() {
  const studio = useStudio()
  const state = useStudioState(current => current)
  const job = state.shell.jobs.export
  const busy = job !== undefined
  const byState = patchesByMaskState(state)
  const targets = MASK_STATES.reduce((sum, one) => sum + byState[one].length, 0)
  // Polygons are the product of a mapped event; patches without a place are for the competition or for training.
  const [format, setFormat] = useState<ExportChoice['format']>(() =>
    state.patches.list.some(({ georeference }) => georeference?.crs) ? 'polygons' : 'geotiff',
  )
  const [polygons, setPolygons] = useState(DEFAULT_POLYGONS)
  const [scope, setScope] = useState<ExportScope>(() =>
    targets > 0 && chosenPatches(state).length === 0 ? 'all' : 'selected',
  )
  const [states, setStates] = useState<readonly MaskState[]>(DEFAULT_EXPORT_STATES)
  const [includeProbability, setIncludeProbability] = useState(false)
  const [includeDisagreement, setIncludeDisagreement] = useState(false)
  const [mosaics, setMosaics] = useState<ExportChoice['mosaics']>('scene')
  const [done, setDone] = useState<{ fileName: string; notes: string[] } | null>(null)
  const ids = exportPatchIds(state, { scope, states })
  const scenes = exportedScenes(state, ids)
  const patches = ids.flatMap(id => patchById(state, id) ?? []).filter(({ cell }) => !cell)
  const refused =
    (format === 'submission' && scenes.length > 0) || (format === 'polygons' && polygons.formats.length === 0)
  const fresh = exportPatchIds(state, { scope: 'new', states: MASK_STATES }).length
  const selected = selectedPatch(state)
  const selection = chosenPatches(state)
  const several = selection.length > 0
  const selectedState = MASK_STATES.find(one => selected && byState[one].includes(selected.id))
  /** What the last file had to say no longer holds for another choice. */
  const choose = (change: () => void) => {
    setDone(null)
    change()
  }
  const save = async () => {
    setDone(null)
    const choice = { format, scope, states, includeProbability, includeDisagreement, mosaics, polygons }
    setDone(await exportProject(studio, choice))
  }
  const notes =
    done && done.notes.length > 0
      ? done.notes
      : ids.length === 0
        ? [nothingNote(targets, scope)]
        : format === 'submission'
          ? [submissionNote(scenes)]
          : [
              ...(format === 'bundle' ? bundleNotes(state) : []),
              ...sceneNotes(scenes, format === 'geotiff' ? mosaics : 'event'),
              ...crsNotes(patches),
            ]
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
          <Radio value="all" className="radio-line" isDisabled={targets === 0}>
            <span className="radio-dot" aria-hidden="true" />
            All masks
            <span className="spacer" />
            <span className="dim tabular">{targets}</span>
          </Radio>
          {state.patches.list.some(({ exported }) => exported) && (
            <Radio value="new" className="radio-line" isDisabled={fresh === 0}>
              <span className="radio-dot" aria-hidden="true" />
              New or changed since the last export
              <span className="spacer" />
              <span className="dim tabular">{fresh}</span>
            </Radio>
          )}
          <Radio value="selected" className="radio-line" isDisabled={!selected && !several}>
            <span className="radio-dot" aria-hidden="true" />
            {several ? 'Selected patches' : 'This patch'}
            <span className="spacer" />
            <span className="dim tabular">
              {several ? selection.length : selectedState && STATE_TITLES[selectedState]}
            </span>
          </Radio>
        </RadioGroup>
        {scope !== 'selected' && (
          <CheckboxGroup
            className="checkbox-group"
            value={[...states]}
            onChange={chosen => choose(() => setStates(MASK_STATES.filter(one => chosen.includes(one))))}
          >
            <Label className="field-label">Include masks</Label>
            {MASK_STATES.map(one => (
              <Checkbox key={one} value={one} className="checkbox" isDisabled={byState[one].length === 0}>
                <span className="checkbox-box" aria-hidden="true" />
                {STATE_TITLES[one]}
                <span className="spacer" />
                <span className="dim tabular">{byState[one].length}</span>
              </Checkbox>
            ))}
          </CheckboxGroup>
        )}
        {(format === 'polygons' || format === 'bundle') && (
          <PolygonFields
            withFiles={format === 'polygons'}
            value={polygons}
            patchIds={ids}
            onChange={value => choose(() => setPolygons(value))}
          />
        )}
        {format === 'geotiff' && scenes.length > 1 && (
          <MosaicChoice value={mosaics} onChange={value => choose(() => setMosaics(value))} />
        )}
        {format === 'geotiff' && (
          <Checkbox
            className="checkbox"
            isSelected={includeProbability}
            onChange={value => choose(() => setIncludeProbability(value))}
          >
            <span className="checkbox-box" aria-hidden="true" />
            {probabilityLabel(patches.length, scenes.length)}
          </Checkbox>
        )}
        {format === 'geotiff' && scenes.length > 0 && (
          <Checkbox
            className="checkbox"
            isSelected={includeDisagreement}
            onChange={value => choose(() => setIncludeDisagreement(value))}
          >
            <span className="checkbox-box" aria-hidden="true" />
            Disagreement of the networks (byte, 250 = 1)
          </Checkbox>
        )}
        <ul className="note notes">
          {notes.map(note => (
            <li key={note}>{note}</li>
          ))}
        </ul>
        {job && <JobProgress job={job} />}
        <div className="dialog-foot">
          <span className="dim" role="status">
            {busy ? 'Writing…' : done ? `${done.fileName} saved` : ''}
          </span>
          <span className="spacer" />
          {busy && (
            <Button className="button button-plain" onPress={() => studio.jobs.cancel('export')}>
              Cancel
            </Button>
          )}
          <Button
            className="button button-primary"
            isDisabled={ids.length === 0 || refused}
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

/** What a bundle will lack, while it can still be added. */
function bundleNotes({ accuracy }: StudioState): string[] {
  const answered = accuracy.list.some(({ answers }) => Object.keys(answers).length > 0)
  return answered
    ? []
    : [
        'Not audited: the report will say so. An audit by points gives accuracy and area with a 95 % interval.',
      ]
}

function nothingNote(targets: number, scope: ExportScope): string {
  if (targets === 0) return 'No target patch has a mask yet: run the ensemble first.'
  if (scope === 'new') return 'Nothing of what is chosen is new or changed.'
  return 'No mask is chosen. Each file says whether its mask was reviewed.'
}

function probabilityLabel(patches: number, scenes: number): string {
  const what = 'Probability as a second file'
  if (scenes === 0) return `${what} (float32)`
  return patches === 0 ? `${what} (byte, 250 = 1)` : `${what} (float32, of scenes byte, 250 = 1)`
}

function submissionNote(scenes: readonly ExportedScene[]): string {
  if (scenes.length === 0) return 'The competition format holds no coordinates.'
  const names = listNames(scenes.map(({ scene }) => scene.name))
  return `The competition takes patches, not scenes. Select the patches to export without ${names}.`
}

/** Said before the file is made: a coordinate system is carried over or absent, never made up. */
function crsNotes(patches: readonly PatchRecord[]): string[] {
  if (patches.length === 0) return []
  const without = patches.filter(({ georeference }) => !georeference?.crs).length
  if (without === 0) return ['Every file carries the coordinate system and transform of its source.']
  if (without === patches.length) {
    return ['No CRS: the sources name none, so the files have none. They open in pixel coordinates.']
  }
  return [
    `${without} of ${patches.length} sources name no CRS; their files have none. The others keep theirs.`,
  ]
}
