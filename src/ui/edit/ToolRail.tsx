import { Toolbar } from 'react-aria-components'
import type { Tool } from '../../state/slices/viewSlice'
import { CommandButton } from '../controls/CommandButton'
import { useStudioState } from '../studioContext'

const TOOLS: readonly Tool[] = ['pan', 'brush', 'erase', 'polygon', 'lasso', 'fill', 'pick']

/** The tools beside the image, one column; arrow keys go from one to the next. */
export function ToolRail() {
  const tool = useStudioState(state => state.tool)
  return (
    <Toolbar className="tool-rail" orientation="vertical" aria-label="Tools">
      {TOOLS.map(id => (
        <CommandButton key={id} command={id} icon={id} iconOnly look="quiet" pressed={tool === id} />
      ))}
    </Toolbar>
  )
}
