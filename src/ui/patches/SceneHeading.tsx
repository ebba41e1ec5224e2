import { useMemo } from 'react'
import { Button, Heading, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import type { SceneRecord } from '../../core/scenes/sceneRecord'
import { askAboutScene, foldScene, removeScene, selectCells } from '../../state/scenes/sceneActions'
import { cellsOf, sceneRemovalObstacle } from '../../state/scenes/selectors'
import { canChange } from '../../state/session/selectors'
import { Icon } from '../controls/Icon'
import { Name } from '../controls/Name'
import { useStudio, useStudioState } from '../studioContext'

/** A scene above its cells: how far they are judged, and what can be done with all of them. */
export function SceneHeading({ scene, top }: { scene: SceneRecord; top: number }) {
  const studio = useStudio()
  const isFolded = useStudioState(state => state.scenes.folded.includes(scene.id))
  const patches = useStudioState(state => state.patches)
  const verdicts = useStudioState(state => state.review.verdicts)
  const [cells, judged] = useMemo(() => {
    const own = cellsOf({ patches }, scene.id)
    return [own.length, own.filter(({ id }) => verdicts[id]).length]
  }, [patches, verdicts, scene.id])
  const facts = [
    scene.complete ? `${judged} of ${cells} judged` : 'not added whole',
    scene.sensed?.slice(0, 10),
  ]
  return (
    <div className="scene-heading" style={{ transform: `translateY(${top}px)` }}>
      <Heading level={3}>
        <Button className="scene-fold" aria-expanded={!isFolded} onPress={() => foldScene(studio, scene.id)}>
          <Icon name="chevron" />
          <span className="scene-title">
            <Name title={scene.name}>{scene.name}</Name>
          </span>
          <span className="scene-facts-line tabular">{facts.filter(Boolean).join(' · ')}</span>
        </Button>
      </Heading>
      <MenuTrigger>
        <Button className="button button-quiet button-icon" aria-label={`Scene ${scene.name}`}>
          <Icon name="next" />
        </Button>
        <Popover className="popover menu-popover" placement="bottom end" offset={4}>
          <SceneMenu scene={scene} />
        </Popover>
      </MenuTrigger>
    </div>
  )
}

const ITEMS = {
  'select-cells': 'Select all cells',
  'scene-details': 'Scene details',
  'remove-scene': 'Remove scene',
} as const

function SceneMenu({ scene }: { scene: SceneRecord }) {
  const studio = useStudio()
  const isRemovable = useStudioState(state => canChange(state) && sceneRemovalObstacle(state) === null)
  return (
    <Menu
      className="menu"
      aria-label={`Scene ${scene.name}`}
      disabledKeys={isRemovable ? [] : ['remove-scene']}
      onAction={key => {
        const id = key as keyof typeof ITEMS
        if (id === 'select-cells') selectCells(studio, scene.id)
        else if (id === 'remove-scene' && scene.complete) void removeScene(studio, scene.id)
        else askAboutScene(studio, scene.id, id)
      }}
    >
      {Object.entries(ITEMS).map(([id, title]) => (
        <MenuItem key={id} id={id} className="menu-item" textValue={title}>
          <span />
          <span>{title}</span>
        </MenuItem>
      ))}
    </Menu>
  )
}
