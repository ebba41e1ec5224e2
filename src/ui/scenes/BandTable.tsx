import { Checkbox } from 'react-aria-components'
import type { FoundScene, SceneBand } from '../../core/scenes/scene'
import { chooseForScene, confirmOrder } from '../../state/scenes/addScene'
import { type BandRow, bandRows, type SceneBuilder } from '../../state/scenes/builder'
import type { SceneChoices } from '../../worker/protocol'
import { Select } from '../controls/Fields'
import { Icon } from '../controls/Icon'
import { useStudio } from '../studioContext'
import { PlanError } from './PlanSummary'
import { baseName, postingText, scaleText } from './sceneText'

interface BandTableProps {
  builder: SceneBuilder
  scene: FoundScene
  choices: SceneChoices
}

/** The fourteen bands: what each is made of. */
export function BandTable({ builder, scene, choices }: BandTableProps) {
  const studio = useStudio()
  const rows = bandRows(scene, choices, builder.drop)
  return (
    <section className="stack" aria-label="Bands">
      <h3>Bands</h3>
      <div className="scene-table">
        <table>
          <thead>
            <tr>
              <th scope="col">Band</th>
              <th scope="col">Made of</th>
              <th scope="col">Pixels</th>
              <th scope="col">Values</th>
              <th scope="col">Offset</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(row => (
              <BandLine key={row.band} row={row} scene={scene} choices={choices} />
            ))}
            <SlopeLine builder={builder} choices={choices} />
            <ElevationLine builder={builder} choices={choices} />
          </tbody>
        </table>
      </div>
      {scene.naming === 'assumed' && (
        <Checkbox
          className="checkbox scene-question"
          isSelected={builder.ordered.includes(scene.name)}
          onChange={isRight => confirmOrder(studio, isRight)}
        >
          <span className="checkbox-box" aria-hidden="true" />
          The bands have no names: they were told apart by their order. This order is right.
        </Checkbox>
      )}
      <PlanError builder={builder} field="bands" />
    </section>
  )
}

const idOf = ({ path, band }: Pick<SceneBand, 'path' | 'band'>) => `${path}#${band}`

const NONE = 'none'

function BandLine({ row, scene, choices }: { row: BandRow; scene: FoundScene; choices: SceneChoices }) {
  const studio = useStudio()
  const { band, title, file, candidates, dispensable, quantification, offset } = row
  const choose = (id: string) => {
    const { [band]: _, ...others } = choices.bands
    const chosen = candidates.find(candidate => idOf(candidate) === id) ?? null
    const found = scene.bands[band]
    const isFound = chosen ? found !== undefined && idOf(found) === id : found === undefined
    const picked = chosen && { path: chosen.path, band: chosen.band }
    chooseForScene(studio, { bands: isFound ? others : { ...others, [band]: picked } })
  }
  const options = [
    ...candidates.map(candidate => ({ id: idOf(candidate), title: fileText(candidate, scene) })),
    ...(dispensable ? [{ id: NONE, title: 'None: the models’ own mean' }] : []),
    ...(!dispensable && !file ? [{ id: NONE, title: 'Missing' }] : []),
  ]
  return (
    <tr>
      <th scope="row">
        {band} <span className="dim">{title}</span>
      </th>
      <td>
        <span className="scene-file">
          {!file && <Icon name={dispensable ? 'information' : 'warning'} />}
          {options.length > 1 ? (
            <Select
              label={`${band} is made of`}
              hideLabel
              value={file ? idOf(file) : NONE}
              options={options}
              onChange={choose}
            />
          ) : (
            <span title={file?.path}>{options[0]?.title}</span>
          )}
        </span>
      </td>
      <td className="tabular">{file && `${Number(file.resolution.toFixed(1))} m`}</td>
      <td>{file && scaleText(quantification)}</td>
      <td className="tabular">{file && (offset === null ? 'unknown' : String(offset))}</td>
    </tr>
  )
}

function fileText({ path, band }: SceneBand, scene: FoundScene): string {
  return scene.kind === 'stack' ? `Band ${band + 1} of ${baseName(path)}` : baseName(path)
}

interface TerrainLineProps {
  builder: SceneBuilder
  choices: SceneChoices
}

const MADE = 'made'

function SlopeLine({ builder: { drop }, choices }: TerrainLineProps) {
  const studio = useStudio()
  const file = drop.slopes.find(({ path }) => path === choices.slope)
  const options = [
    { id: MADE, title: 'Made of the elevation' },
    ...drop.slopes.map(({ path }) => ({ id: path, title: baseName(path) })),
  ]
  const [dem] = usedElevation(drop, choices)
  return (
    <tr>
      <th scope="row">Slope</th>
      <td>
        {drop.slopes.length > 0 ? (
          <Select
            label="Slope is made of"
            hideLabel
            value={choices.slope ?? MADE}
            options={options}
            onChange={id => chooseForScene(studio, { slope: id === MADE ? null : id })}
          />
        ) : (
          'Made of the elevation'
        )}
      </td>
      <td className="tabular">{file ? postingText(file) : dem && postingText(dem)}</td>
      <td>degrees</td>
      <td />
    </tr>
  )
}

/** Rounded, it would be all of it. */
const WHOLE = 0.9995

function ElevationLine({ builder: { drop, plan }, choices }: TerrainLineProps) {
  const covered = plan?.status === 'ready' ? plan.plan.covered : 1
  const used = usedElevation(drop, choices)
  const [first] = used
  return (
    <tr>
      <th scope="row">Elevation</th>
      <td>
        <span className="scene-file">
          {(!first || covered < WHOLE) && <Icon name="warning" />}
          <span title={used.map(({ path }) => path).join('\n')}>
            {!first
              ? 'Missing'
              : used.length === 1
                ? baseName(first.path)
                : `${used.length} files, put together`}
            {first && covered < WHOLE && `: ${Math.floor(100 * covered)} % of the scene`}
          </span>
        </span>
      </td>
      <td className="tabular">{first && [...new Set(used.map(postingText))].join(', ')}</td>
      <td>{first && 'metres'}</td>
      <td />
    </tr>
  )
}

function usedElevation(drop: SceneBuilder['drop'], { elevation }: SceneChoices) {
  return elevation.flatMap(path => drop.elevation.find(file => file.path === path) ?? [])
}
