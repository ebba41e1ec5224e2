import { Disclosure, DisclosurePanel } from 'react-aria-components'
import type { KeyGroup } from '../../worker/modelProtocol'
import { DisclosureHeading } from '../controls/DisclosureHeading'

const TITLES: Readonly<Record<KeyGroup['kind'], string>> = {
  missing: 'Missing',
  unexpected: 'Unexpected',
  'mis-shaped': 'Of another shape',
  unusable: 'Unusable',
  ignored: 'Ignored',
}

interface KeyGroupsProps {
  groups: readonly KeyGroup[]
  loaded: number
  wanted: number
}

/** The table of keys that did not simply load, folded by kind. */
export function KeyGroups({ groups, loaded, wanted }: KeyGroupsProps) {
  return (
    <div className="key-groups">
      <p className="hint">
        {loaded} of {wanted} parameters take a value from the file.
      </p>
      {groups.map(({ kind, count, rows }) => (
        <Disclosure key={kind} className="disclosure">
          <DisclosureHeading level={3}>
            {TITLES[kind]}
            <span className="dim tabular">{count}</span>
          </DisclosureHeading>
          <DisclosurePanel>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls has to be reachable by keys. */}
            <section className="key-table" tabIndex={0} aria-label={`${TITLES[kind]} keys`}>
              <table>
                <thead className="visually-hidden">
                  <tr>
                    <th scope="col">Key</th>
                    <th scope="col">Remark</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map(({ name, detail }) => (
                    <tr key={name}>
                      <th scope="row">
                        <code>{name}</code>
                      </th>
                      <td>{detail}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </section>
            {rows.length < count && <p className="hint">The first {rows.length} are shown.</p>}
          </DisclosurePanel>
        </Disclosure>
      ))}
    </div>
  )
}
