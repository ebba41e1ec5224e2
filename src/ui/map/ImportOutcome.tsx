import { Button, Disclosure, DisclosurePanel } from 'react-aria-components'
import { DisclosureHeading } from '../controls/DisclosureHeading'
import { Icon } from '../controls/Icon'
import { useStudio, useStudioState } from '../studioContext'

/** A list longer than this is not read, and thousands of entries would stall the page. */
const MOST_SHOWN = 100

/** What the last import took, what it refused and why; gone when dismissed, and nothing loaded is lost. */
export function ImportOutcome() {
  const studio = useStudio()
  const outcome = useStudioState(state => state.importOutcome)
  if (!outcome || outcome.refused.length + outcome.remarks.length === 0) return null
  const { added, models = [], refused, remarks } = outcome
  return (
    <section className="outcome" aria-label="Import report">
      <div className="outcome-head">
        <h3>{headline(added, models.length, refused.length)}</h3>
        <Button
          className="button button-quiet button-icon"
          aria-label="Dismiss import report"
          onPress={() => studio.store.setState({ importOutcome: null })}
        >
          <Icon name="close" />
        </Button>
      </div>
      <ul>
        {refused.slice(0, MOST_SHOWN).map(file => (
          <li key={`${file.path}/${file.message}`} className="outcome-refused">
            <code>{file.path}</code>
            <span>{file.message}</span>
          </li>
        ))}
      </ul>
      {remarks.length > 0 && (
        <Disclosure className="disclosure outcome-remarks">
          <DisclosureHeading level={4}>
            {remarks.length === 1 ? '1 remark' : `${remarks.length} remarks`}
          </DisclosureHeading>
          <DisclosurePanel>
            <ul>
              {remarks.slice(0, MOST_SHOWN).map(remark => (
                <li key={`${remark.path}/${remark.message}`}>
                  <code>{remark.path}</code>
                  <span>{remark.message}</span>
                </li>
              ))}
            </ul>
          </DisclosurePanel>
        </Disclosure>
      )}
      {Math.max(refused.length, remarks.length) > MOST_SHOWN && (
        <p className="hint outcome-more">The first {MOST_SHOWN} of each are shown.</p>
      )}
    </section>
  )
}

function headline(patches: number, models: number, refused: number): string {
  const count = (number: number, one: string, many: string) => `${number} ${number === 1 ? one : many}`
  const parts: string[] = []
  if (patches > 0 || models + refused === 0) parts.push(`${count(patches, 'patch', 'patches')} added`)
  if (models > 0) parts.push(`${count(models, 'model', 'models')} added`)
  if (refused > 0) parts.push(`${count(refused, 'file', 'files')} refused`)
  return parts.join(', ')
}
