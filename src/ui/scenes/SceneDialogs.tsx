import { plural } from '../../core/foundation/text'
import { BANDS } from '../../core/patches/bands'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { deleteScene } from '../../state/scenes/sceneActions'
import { sceneById } from '../../state/scenes/selectors'
import { ConfirmDialog, StudioDialog } from '../dialogs/StudioDialog'
import { formatTime } from '../format'
import { useStudio, useStudioState } from '../studioContext'
import { baseName, gridText, scaleText, sensedText } from './sceneText'

const useAsked = () => useStudioState(state => sceneById(state, state.scenes.asked))

/** What a scene of the project was made of. */
export function SceneDetailsDialog() {
  const scene = useAsked()
  const cells = useStudioState(
    state => state.patches.list.filter(({ cell }) => cell?.sceneId === scene?.id).length,
  )
  if (!scene) return null
  const { recipe, level, tile, sensed, at, window, area, complete } = scene
  const facts = [
    ['Sensed', sensedText(sensed)],
    ['Level', level === null ? 'not known' : level === 'L1C' ? 'Level-1C' : 'Level-2A'],
    ...(tile ? [['Tile', tile]] : []),
    ['Grid', gridText(recipe.grid)],
    ['Area', area ? area.name : 'whole scene'],
    [
      'Cells',
      `${cells}, ${window.width.toLocaleString('en')} x ${window.height.toLocaleString('en')} pixels`,
    ],
    ['Coarser bands', recipe.resampling],
    ['Elevation', recipe.elevation.map(baseName).join(', ')],
    ['Slope', recipe.slope === null ? 'made of the elevation' : baseName(recipe.slope)],
    ['Added', `${formatTime(at)}${complete ? '' : ', not whole yet'}`],
  ] as const
  return (
    <StudioDialog title="Scene details" wide>
      <div className="stack">
        <h3 className="scene-name">{scene.name}</h3>
        <dl className="facts">
          {facts.map(([term, value]) => (
            <div key={term} className="scene-fact">
              <dt>{term}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
        <BandRecipe scene={scene} />
      </div>
    </StudioDialog>
  )
}

function BandRecipe({ scene: { recipe, synthetic } }: { scene: SceneRecord }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keys.
    <section className="scene-table" tabIndex={0} aria-label="Bands of the scene">
      <table aria-label="Bands">
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
          {recipe.bands.map((band, index) => {
            const { name, title } = BANDS[index]!
            return (
              <tr key={name}>
                <th scope="row">
                  {name} <span className="dim">{title}</span>
                </th>
                {'path' in band ? (
                  <>
                    <td title={band.path}>{baseName(band.path)}</td>
                    <td className="tabular">
                      {Number((band.factor * recipe.grid.transform[1]).toFixed(1))} m
                    </td>
                    <td>{scaleText(Number((10_000 / band.scale).toPrecision(9)))}</td>
                    <td className="tabular">{band.offset}</td>
                  </>
                ) : (
                  <td colSpan={4}>
                    None: the models’ own mean{synthetic.includes(name) ? ', not in the product' : ''}
                  </td>
                )}
              </tr>
            )
          })}
        </tbody>
      </table>
    </section>
  )
}

export function RemoveSceneDialog() {
  const studio = useStudio()
  const scene = useAsked()
  const cells = useStudioState(
    state => state.patches.list.filter(({ cell }) => cell?.sceneId === scene?.id).length,
  )
  if (!scene) return null
  return (
    <ConfirmDialog
      title="Remove this scene?"
      keep="Keep it"
      confirm="Remove scene"
      danger
      onConfirm={() => void deleteScene(studio, scene.id)}
    >
      <p>
        {scene.name} is deleted with {plural(cells, 'cell')}, their masks, verdicts and history. Undo does not
        bring it back; the files that it was made of stay where they are.
      </p>
    </ConfirmDialog>
  )
}
