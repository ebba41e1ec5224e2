import { Button } from 'react-aria-components'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** What the last import took, what it refused and why; gone when dismissed, and nothing loaded is lost. */
export function ImportOutcome() {
  const studio = useStudio()
  const outcome = useStudioState(state => state.importOutcome)
  if (!outcome || outcome.refused.length + outcome.remarks.length === 0) return null
  const { added, refused, remarks } = outcome
  return (
    <section className="outcome" aria-label="Import report">
      <div className="outcome-head">
        <h3>{headline(added, refused.length)}</h3>
        <Button
          className="button button-quiet button-icon"
          aria-label="Dismiss import report"
          onPress={() => studio.store.setState({ importOutcome: null })}
        >
          <Icon name="close" />
        </Button>
      </div>
      <ul>
        {refused.map(file => (
          <li key={`${file.path}/${file.message}`} className="outcome-refused">
            <code>{file.path}</code>
            <span>{file.message}</span>
          </li>
        ))}
        {remarks.map(remark => (
          <li key={`${remark.path}/${remark.message}`}>
            <code>{remark.path}</code>
            <span>{remark.message}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}

function headline(added: number, refused: number): string {
  const taken = `${added} ${added === 1 ? 'patch' : 'patches'} added`
  if (refused === 0) return taken
  return `${taken}, ${refused} ${refused === 1 ? 'file' : 'files'} refused`
}
