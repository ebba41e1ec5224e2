import { CommandButton } from '../controls/CommandButton'

/** The three ways in, where the project is empty; afterwards the Project menu has them. */
export function OpenButtons() {
  return (
    <div className="button-row">
      <CommandButton command="open-demo" icon="demo" look="primary" />
      <CommandButton command="open-files" icon="files" />
      <CommandButton command="open-folder" icon="folder" />
    </div>
  )
}
