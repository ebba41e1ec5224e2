import { useState } from 'react'
import { Button, Label, Radio, RadioGroup } from 'react-aria-components'
import { plural } from '../../core/foundation/text'
import type { FoundScene } from '../../core/scenes/scene'
import { addScene, closeBuilder, showDroppedScene } from '../../state/scenes/addScene'
import { type SceneBuilder, sceneOnScreen } from '../../state/scenes/builder'
import { addObstacle } from '../../state/scenes/selectors'
import type { SceneChoices } from '../../worker/protocol'
import { CommandButton } from '../controls/CommandButton'
import { Name } from '../controls/Name'
import { StudioDialog } from '../dialogs/StudioDialog'
import { useStudio, useStudioState } from '../studioContext'
import { AreaSection } from './AreaSection'
import { BandTable } from './BandTable'
import { PlanError, PlanSummary } from './PlanSummary'
import { gridText, sensedText } from './sceneText'
import { MissingElevation, TerrainFields } from './TerrainFields'
import { ValueFields } from './ValueFields'

/** A dropped scene before it is added: what it will be made of, all of it preset and all of it to be changed. */
export function AddSceneDialog() {
  const studio = useStudio()
  const builder = useStudioState(state => state.scenes.builder)
  const [asking, setAsking] = useState(false)
  if (!builder) return null
  const close = () => (builder.changed ? setAsking(true) : closeBuilder(studio))
  const scene = sceneOnScreen(builder)
  const choices = scene && builder.choices[scene.name]
  return (
    <StudioDialog title="Add scene" wide="pictures" onClose={close}>
      <div className="stack add-scene">
        {builder.drop.scenes.length > 1 && <SceneList builder={builder} />}
        {scene && choices ? (
          <div className="add-scene-columns" key={scene.name}>
            <div className="stack">
              <AreaSection builder={builder} scene={scene} choices={choices} />
            </div>
            <div className="stack">
              <SceneFacts scene={scene} isOnly={builder.drop.scenes.length === 1} />
              {builder.drop.elevation.length === 0 && <MissingElevation grid={scene.grid} />}
              {isAsked(scene) && (
                <>
                  <ValueFields builder={builder} scene={scene} choices={choices} />
                  <Remarks builder={builder} scene={scene} choices={choices} />
                </>
              )}
              <BandTable builder={builder} scene={scene} choices={choices} />
              <TerrainFields builder={builder} choices={choices} />
              {!isAsked(scene) && <ValueFields builder={builder} scene={scene} choices={choices} />}
              {!isAsked(scene) && <Remarks builder={builder} scene={scene} choices={choices} />}
            </div>
          </div>
        ) : (
          <NoScene builder={builder} />
        )}
        <Refused builder={builder} />
        <Foot builder={builder} onCancel={close} />
      </div>
      {asking && <DiscardQuestion onKeep={() => setAsking(false)} />}
    </StudioDialog>
  )
}

/** What has to be answered stands where it is seen. */
const isAsked = ({ quantification, offset }: FoundScene) =>
  quantification.value === null || offset.value === null

function SceneList({ builder }: { builder: SceneBuilder }) {
  const studio = useStudio()
  return (
    <RadioGroup
      className="radio-lines scene-choice"
      value={builder.scene}
      onChange={name => showDroppedScene(studio, name)}
    >
      <Label className="field-label">{plural(builder.drop.scenes.length, 'scene')} found</Label>
      {builder.drop.scenes.map(({ name, sensed }) => {
        const isAdded = builder.confirmed.includes(name)
        return (
          <Radio key={name} value={name} className="radio-line" aria-label={name} isDisabled={isAdded}>
            <span className="radio-dot" aria-hidden="true" />
            <Name title={name}>{name}</Name>
            <span className="spacer" />
            <span className="dim">{isAdded ? 'added' : sensed?.slice(0, 10)}</span>
          </Radio>
        )
      })}
    </RadioGroup>
  )
}

const KINDS: Readonly<Record<FoundScene['kind'], string>> = {
  safe: 'Sentinel-2 product',
  'single-bands': 'One file a band',
  stack: 'One file of several bands',
}

function SceneFacts({ scene, isOnly }: { scene: FoundScene; isOnly: boolean }) {
  const { name, kind, level, sensed, baseline, tile, grid } = scene
  const facts = [
    ['Files', KINDS[kind]],
    ['Sensed', sensedText(sensed)],
    ['Level', level === null ? 'not known' : level === 'L1C' ? 'Level-1C' : 'Level-2A'],
    ['Baseline', baseline ?? 'not known'],
    ...(tile ? [['Tile', tile]] : []),
    ['Grid', grid ? gridText(grid) : 'not known'],
  ] as const
  return (
    <section className="stack" aria-label="Scene">
      {isOnly && <h3 className="scene-name">{name}</h3>}
      <dl className="facts scene-facts">
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}

interface PartProps {
  builder: SceneBuilder
  scene: FoundScene
  choices: SceneChoices
}

/** What was assumed and what is missing, each a sentence. */
function Remarks({ builder, scene, choices }: PartProps) {
  const { plan, drop } = builder
  const used = [...drop.elevation, ...drop.slopes].filter(
    ({ path }) => choices.elevation.includes(path) || choices.slope === path,
  )
  // The plan says the same of the terrain, and what is known by now besides.
  const ground = plan?.status === 'ready' ? plan.plan.remarks : used.flatMap(file => file.remarks)
  const remarks = new Set([...scene.remarks, ...ground])
  if (remarks.size === 0) return null
  return (
    <section className="stack" aria-label="To know">
      <h3>To know</h3>
      <ul className="scene-remarks">
        {[...remarks].map(remark => (
          <li key={remark}>{remark}</li>
        ))}
      </ul>
    </section>
  )
}

function Refused({ builder: { refused } }: { builder: SceneBuilder }) {
  if (refused.length === 0) return null
  return (
    <section className="stack" aria-label="Refused">
      <h3>{plural(refused.length, 'file')} refused</h3>
      <ul className="scene-remarks scene-refused">
        {refused.map(({ path, message }) => (
          <li key={`${path} ${message}`}>{message}</li>
        ))}
      </ul>
    </section>
  )
}

/** A DEM or an area came by itself, or all scenes are refused. */
function NoScene({ builder: { drop } }: { builder: SceneBuilder }) {
  const files = [...drop.elevation, ...drop.slopes].map(({ path }) => path)
  return (
    <div className="stack">
      <p>
        No scene was found. Add the files of a Sentinel-2 product: a <code>.SAFE</code> folder or zip, one JP2
        or GeoTIFF a band, or one GeoTIFF of all bands.
      </p>
      {files.length + drop.areas.length > 0 && (
        <ul className="scene-remarks" aria-label="Files for it">
          {files.map(path => (
            <li key={path}>
              <code>{path}</code>:{' '}
              {drop.slopes.some(slope => slope.path === path) ? 'slope' : 'elevation model'}
            </li>
          ))}
          {drop.areas.map(path => (
            <li key={path}>
              <code>{path}</code>: area of interest
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}

function Foot({ builder, onCancel }: { builder: SceneBuilder; onCancel: () => void }) {
  const studio = useStudio()
  const obstacle = useStudioState(addObstacle)
  const reading = useStudioState(state => state.shell.jobs.import)
  return (
    <div className="dialog-foot add-scene-foot">
      <CommandButton command="open-files" icon="files">
        Add files…
      </CommandButton>
      <div className="add-scene-plan">
        <PlanError builder={builder} field="scene" />
        <PlanSummary builder={builder} />
        <p id="add-scene-obstacle" role="status" className="dim">
          {reading ? (reading.progress?.label ?? 'Reading files…') : builder.scene !== null && obstacle}
        </p>
      </div>
      <Button className="button button-plain" onPress={onCancel}>
        Cancel
      </Button>
      <Button
        className="button button-primary"
        aria-describedby="add-scene-obstacle"
        isDisabled={obstacle !== null}
        onPress={() => addScene(studio)}
      >
        Add
      </Button>
    </div>
  )
}

function DiscardQuestion({ onKeep }: { onKeep: () => void }) {
  const studio = useStudio()
  return (
    <StudioDialog title="Discard what you chose?" role="alertdialog" onClose={onKeep}>
      <div className="stack">
        <p>The scene is not added. The files stay where they are: drop them again to start over.</p>
        <div className="dialog-foot">
          <span className="spacer" />
          <Button className="button button-plain" autoFocus onPress={onKeep}>
            Keep editing
          </Button>
          <Button className="button button-danger" onPress={() => closeBuilder(studio)}>
            Discard
          </Button>
        </div>
      </div>
    </StudioDialog>
  )
}
