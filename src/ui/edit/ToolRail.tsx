import { Toolbar } from 'react-aria-components'
import { CommandButton } from '../controls/CommandButton'
import { useStudioState } from '../studioContext'

/** The tools beside the image, one column; arrow keys go from one to the next. */
export function ToolRail() {
  const tool = useStudioState(state => state.tool)
  return (
    <Toolbar className="tool-rail" orientation="vertical" aria-label="Tools">
      <CommandButton command="pan" icon="pan" iconOnly look="quiet" pressed={tool === 'pan'} />
      <CommandButton command="brush" icon="brush" iconOnly look="quiet" pressed={tool === 'brush'} />
      <CommandButton command="erase" icon="erase" iconOnly look="quiet" pressed={tool === 'erase'} />
    </Toolbar>
  )
}
