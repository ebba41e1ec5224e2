import { useEffect, useState } from 'react'
import { Button, Checkbox, CheckboxGroup, Label } from 'react-aria-components'
import { glo30Tiles } from '../../core/scenes/glo30'
import type { SceneGrid } from '../../core/scenes/scene'
import { chooseForScene } from '../../state/scenes/addScene'
import type { SceneBuilder } from '../../state/scenes/builder'
import type { SceneChoices } from '../../worker/protocol'
import { CommandButton } from '../controls/CommandButton'
import { Icon } from '../controls/Icon'
import { useStudio } from '../studioContext'
import { PlanError } from './PlanSummary'
import { baseName, postingText } from './sceneText'

/** Which elevation models are used, where there are several, the first on top where they overlap. */
export function TerrainFields({ builder, choices }: { builder: SceneBuilder; choices: SceneChoices }) {
  const studio = useStudio()
  const { elevation: files } = builder.drop
  const used = choices.elevation.flatMap(path => files.find(file => file.path === path) ?? [])
  const ordered = [...used, ...files.filter(file => !used.includes(file))]
  const putFirst = (path: string) =>
    chooseForScene(studio, { elevation: [path, ...choices.elevation.filter(other => other !== path)] })
  return (
    <>
      {files.length > 1 && (
        <CheckboxGroup
          className="checkbox-group"
          value={[...choices.elevation]}
          onChange={paths =>
            chooseForScene(studio, {
              elevation: ordered.map(({ path }) => path).filter(path => paths.includes(path)),
            })
          }
        >
          <Label className="field-label">Elevation models, the first on top where they overlap</Label>
          {ordered.map((file, index) => (
            <div key={file.path} className="scene-terrain">
              <Checkbox value={file.path} className="checkbox">
                <span className="checkbox-box" aria-hidden="true" />
                {baseName(file.path)}
                <span className="dim">
                  {postingText(file)}
                  {file.crs && `, ${file.crs}`}
                </span>
              </Checkbox>
              {index > 0 && index < used.length && (
                <Button
                  className="button button-quiet"
                  aria-label={`Put ${baseName(file.path)} on top`}
                  onPress={() => putFirst(file.path)}
                >
                  On top
                </Button>
              )}
            </div>
          ))}
        </CheckboxGroup>
      )}
      <PlanError builder={builder} field="elevation" />
      <PlanError builder={builder} field="slope" />
    </>
  )
}

/** Nothing goes without elevation: said at once, with what to get. */
export function MissingElevation({ grid }: { grid: SceneGrid | null }) {
  const tiles = useTiles(grid)
  return (
    <section className="scene-missing" aria-label="Elevation model is missing">
      <Icon name="warning" />
      <div className="stack">
        <p>
          <strong>An elevation model is missing.</strong> The networks need elevation and slope: add a DEM
          that covers the scene, such as{' '}
          {tiles.length > 0 ? 'these tiles of Copernicus GLO-30' : 'the tiles of Copernicus GLO-30'}
          {tiles.length > 0 ? ':' : '.'}
        </p>
        {tiles.length > 0 && (
          <ul className="scene-tiles">
            {tiles.map(tile => (
              <li key={tile}>
                <code>{tile}</code>
              </li>
            ))}
          </ul>
        )}
        <CommandButton command="open-files" icon="files">
          Add files…
        </CommandButton>
      </div>
    </section>
  )
}

function useTiles(grid: SceneGrid | null): readonly string[] {
  const [tiles, setTiles] = useState<readonly string[]>([])
  useEffect(() => {
    let isCurrent = true
    if (grid) {
      glo30Tiles(grid).then(
        found => isCurrent && setTiles(found),
        // The sentence holds without them.
        (thrown: unknown) => console.warn('The elevation tiles of a scene are not known.', thrown),
      )
    }
    return () => {
      isCurrent = false
    }
  }, [grid])
  return tiles
}
