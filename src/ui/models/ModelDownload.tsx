import { Button, Menu, MenuItem, MenuTrigger, Popover } from 'react-aria-components'
import { exportModel } from '../../state/actions/modelActions'
import type { ModelSummary } from '../../worker/protocol'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

const FORMATS = [
  {
    id: 'folder',
    title: 'Model folder (.zip)',
    detail: 'For Scarp: manifest, weights, golden outputs, card',
  },
  {
    id: 'target',
    title: 'PyTorch weights, target',
    detail: 'The peer’s key names, statistics of the target',
  },
  {
    id: 'source',
    title: 'PyTorch weights, source',
    detail: 'The peer’s key names, statistics of the source',
  },
] as const

export function ModelDownload({ model }: { model: ModelSummary }) {
  const studio = useStudio()
  const busy = useStudioState(state => state.jobs.export !== undefined)
  return (
    <MenuTrigger>
      <Button className="button button-quiet" aria-label={`Download ${model.title}`} isDisabled={busy}>
        <Icon name="download" />
        Download
      </Button>
      <Popover className="popover" placement="bottom start" offset={4}>
        <Menu className="menu" aria-label="Download as">
          {FORMATS.map(({ id, title, detail }) => (
            <MenuItem
              key={id}
              className="menu-item"
              textValue={title}
              onAction={() => void exportModel(studio, model.id, id)}
            >
              <span>{title}</span>
              <span className="dim">{detail}</span>
            </MenuItem>
          ))}
        </Menu>
      </Popover>
    </MenuTrigger>
  )
}
