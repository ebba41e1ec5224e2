import { type BandRow, meanText, shiftText } from './bandRows'
import { LevelTag } from './LevelTag'

/** The figures of the chart, in the bands' own units. */
export function BandTable({ rows, names }: { rows: readonly BandRow[]; names: readonly [string, string] }) {
  return (
    <table className="band-table tabular">
      <caption className="visually-hidden">Band statistics, mean ± standard deviation</caption>
      <thead>
        <tr>
          <th scope="col">Band</th>
          <th scope="col">{names[0]}</th>
          <th scope="col">{names[1]}</th>
          <th scope="col">Unit</th>
          <th scope="col">Shift</th>
          <th scope="col">Spread</th>
          <th scope="col">Guard</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(row => (
          <tr key={row.name}>
            <th scope="row">
              {row.name} <span className="dim">{row.title === row.name ? '' : row.title}</span>
            </th>
            <td>{meanText(row.source)}</td>
            <td>{meanText(row.target)}</td>
            <td className="dim">{row.unit}</td>
            <td>{shiftText(row.shift)}</td>
            <td>× {row.ratio.toFixed(2)}</td>
            <td>
              <LevelTag level={row.level} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
